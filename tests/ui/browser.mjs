// Chromium on a page of a server of its own. A test fails with any error in the console, any request to another
// host, and anything that the page's security policy refuses.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";
import { WebSocket } from "ws";
import { Rollcall } from "../clients/server.mjs";

const ARGUMENTS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
  // The host of the proxies in contrib/.
  "--host-resolver-rules=MAP rollcall.example.org 127.0.0.1",
];
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** The sizes and color schemes that every page is looked at in. */
export const LOOKS = [
  { viewport: { width: 1280, height: 800 }, colorScheme: "light" },
  { viewport: { width: 390, height: 800 }, colorScheme: "dark" },
];

let browser;

/** The browser of all tests of a file. */
export async function openBrowser() {
  const executablePath = process.env.CHROMIUM ?? PLACES.find((place) => existsSync(place));
  browser ??= await chromium.launch({ executablePath, args: ARGUMENTS });
  return browser;
}

/** Runs `test` with a server, and a page that shows it; `expected` is an error that the console may have. */
export function withPage(test, { look = LOOKS[0], settings = ["--cleanup-interval", "off"], expected = /^$/ } = {}) {
  return async () => {
    const browser = await openBrowser();
    const server = await Rollcall.start(...settings);
    const context = await browser.newContext({ ...look, reducedMotion: "reduce", locale: "en-GB", timezoneId: "UTC" });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const wrong = [];
    page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
    page.on("pageerror", (error) => wrong.push(error.stack));
    page.on("request", (request) => {
      if (!request.url().startsWith(`${server.url}/`)) wrong.push(`a request to ${request.url()}`);
    });
    await page.addInitScript(() => addEventListener("securitypolicyviolation",
      (event) => console.error(`the policy refused ${event.blockedURI} (${event.violatedDirective})`)));
    const clients = [];
    try {
      await test({ server, page, join: (...wanted) => join(server, clients, ...wanted) });
      assert.deepEqual(wrong.filter((text) => !expected.test(text)), []);
    } finally {
      for (const client of clients) client.terminate();
      await context.close();
      await server.stop();
    }
  };
}

/** A script that joins a session. */
async function join(server, clients, session_id, user) {
  const client = new WebSocket(`${server.url.replace("http", "ws")}/api/v1/ws`);
  clients.push(client);
  client.frames = [];
  client.on("message", (text) => client.frames.push(JSON.parse(text)));
  await new Promise((resolve, reject) => client.once("open", resolve).once("error", reject));
  client.send(JSON.stringify({ type: "join_session", session_id, user }));
  await new Promise((resolve) => client.once("message", resolve));
  return client;
}

/** Where a picture is kept of each page that is looked at. */
const PICTURES = fileURLToPath(new URL("../../target/ui/", import.meta.url));

/** Keeps a picture of the page as it is now, named by its place, width and colors. */
async function keepPicture(page) {
  const { pathname, hash } = new URL(page.url());
  const place = `${pathname}${hash}`.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "id").replace(/[^a-z]+/g, "-").replace(/^-|-$/g, "");
  const isDark = await page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches);
  const name = [place || "start", page.viewportSize().width, isDark ? "dark" : "light"].join("-");
  await page.screenshot({ path: `${PICTURES}${name}.png`, fullPage: true });
}

/** Fails if the page as it is now breaks a rule of WCAG that a program can check. Keeps a picture of it. */
export async function assertAccessible(page) {
  await keepPicture(page);
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join("\n")}`);
  assert.deepEqual(found, []);
  const { body, width } = await page.evaluate(() => ({ body: document.documentElement.scrollWidth, width: innerWidth }));
  assert.ok(body <= width, `the page is ${body} pixels wide in a window of ${width}`);
}

/** The row of a table whose text has this. */
export function row(page, text) {
  return page.getByRole("row").filter({ hasText: text });
}

export async function closeBrowser() {
  await browser?.close();
}
