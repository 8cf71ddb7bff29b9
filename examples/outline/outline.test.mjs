// The outline in Chromium: four tabs that write, undo, lose the server and get it back.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const PROGRAM = process.env.ROLLCALL_BIN ?? path("../../target/debug/rollcall");
const folder = mkdtempSync(join(tmpdir(), "rollcall-outline-"));
const errors = [];
let server, page, browser, port;

async function startServer() {
  const settings = ["--listen", `127.0.0.1:${port}`, "--database", join(folder, "test.db")];
  server = spawn(PROGRAM, settings, { stdio: ["ignore", "pipe", "inherit"] });
  await once(createInterface({ input: server.stdout }), "line");
}

const when = (tab, condition) => tab.waitForFunction(condition, undefined, { timeout: 10_000 });

before(async () => {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  port = probe.address().port;
  probe.close();
  await startServer();
  page = spawn(process.execPath, [path("serve.mjs"), "0"], { stdio: ["ignore", "pipe", "inherit"] });
  const [url] = await once(createInterface({ input: page.stdout }), "line");
  page.url = `${url}/?server=http://127.0.0.1:${port}`;
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"],
  });
});

after(async () => {
  await browser?.close();
  page?.kill();
  server?.kill();
  if (server) await once(server, "exit");
  rmSync(folder, { recursive: true });
});

async function open(name, hash = "", options = {}) {
  const context = await browser.newContext({ viewport: { width: 900, height: 620 }, ...options });
  const tab = await context.newPage();
  // A server that is away is an error of the network, which the browser reports.
  tab.on("console", (message) => {
    if (message.type() === "error" && !/ERR_CONNECTION|WebSocket/.test(message.text())) errors.push(message.text());
  });
  tab.on("pageerror", (error) => errors.push(String(error)));
  await tab.goto(`${page.url}&name=${name}${hash}`);
  await has(tab, "Live");
  return tab;
}

/** Waits for the text in the page, and shows what is there instead. */
async function has(tab, text) {
  await tab.getByText(text).waitFor({ timeout: 10_000 }).catch(async () => {
    assert.fail(`no "${text}" in: ${await tab.innerText("body")} ${errors.join()}`);
  });
}

const hash = (tab) => new URL(tab.url()).hash;
const lines = (tab) => tab.getByRole("textbox").evaluateAll((inputs) => inputs.map(({ value }) => value));

async function shows(tab, expected) {
  const wait = (wanted) =>
    wanted.length === document.querySelectorAll("input").length &&
    [...document.querySelectorAll("input")].every((input, place) => input.value === wanted[place]);
  await tab.waitForFunction(wait, expected, { timeout: 10_000 }).catch(async () => {
    assert.deepEqual(await lines(tab), expected);
  });
}

async function write(tab, text) {
  await tab.keyboard.type(text);
  // The text goes out when one stops to write.
  await when(tab, () => document.activeElement.value !== "");
}

test("four tabs write one outline, undo their own, and go on without the server", async () => {
  const ada = await open("Ada");
  await ada.getByRole("button", { name: "Add a line" }).click();
  await write(ada, "Shopping");
  await ada.keyboard.press("Enter");
  await write(ada, "Milk");
  await ada.keyboard.press("Tab");
  await ada.keyboard.press("Enter");
  await write(ada, "Bread and butter");
  await shows(ada, ["Shopping", "Milk", "Bread and butter"]);

  const tabs = [ada];
  for (const name of ["Grace", "Ken", "Radia"]) tabs.push(await open(name, hash(ada)));
  const [, grace, ken, radia] = tabs;
  for (const tab of tabs) {
    await shows(tab, ["Shopping", "Milk", "Bread and butter"]);
    await when(tab, () => document.querySelectorAll(".avatar").length === 4);
  }

  await grace.getByRole("textbox").nth(0).click();
  await grace.keyboard.press("End");
  await grace.keyboard.press("Enter");
  await write(grace, "Apples");
  await shows(ada, await lines(grace));

  const written = await lines(grace);
  await ken.getByRole("textbox").nth(0).click();
  await ken.keyboard.press("Control+Enter");
  await ada.getByRole("checkbox", { checked: true }).waitFor();
  await radia.getByRole("textbox").nth(written.indexOf("Bread and butter")).dblclick();
  await when(ada, () => [...document.querySelectorAll(".caret mark")].some((mark) => mark.textContent !== ""));
  await grace.getByRole("textbox").nth(written.indexOf("Milk")).click();
  await when(ada, () => document.querySelectorAll(".caret").length === 3);
  mkdirSync(path("build"), { recursive: true });
  await ada.screenshot({ path: path("build/outline.png") });
  await ada.emulateMedia({ colorScheme: "dark" });
  await ada.screenshot({ path: path("build/outline-dark.png") });

  // Grace takes back what she did, whatever the others have done since.
  await grace.getByRole("button", { name: "Undo" }).click();
  await grace.getByRole("button", { name: "Undo" }).click();
  const without = written.filter((line) => line !== "Apples");
  for (const tab of tabs) await shows(tab, without);
  await grace.keyboard.press("Control+Shift+Z");
  await grace.keyboard.press("Control+Shift+Z");
  for (const tab of tabs) await shows(tab, written);

  // The server dies: what Ada writes stays, and is there for all when it is back.
  server.kill("SIGKILL");
  await once(server, "exit");
  await has(ada, "Offline");
  await ada.getByRole("button", { name: "Add a line" }).click();
  await write(ada, "Written offline");
  await shows(ada, [...written, "Written offline"]);
  await startServer();
  for (const tab of tabs) {
    await has(tab, "Live");
    await shows(tab, [...written, "Written offline"]);
    await when(tab, () => document.querySelectorAll(".avatar").length === 4);
  }
  await ada.keyboard.press("Control+z");
  await ada.keyboard.press("Control+z");
  for (const tab of tabs) await shows(tab, written);

  const phone = await open("Alan", hash(ada), { viewport: { width: 390, height: 700 } });
  await phone.screenshot({ path: path("build/outline-phone.png") });
  const scrolls = await phone.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  assert.equal(scrolls, false);
  assert.deepEqual(errors, []);
});
