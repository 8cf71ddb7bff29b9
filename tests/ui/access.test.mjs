import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as path } from "node:path";
import { after, test } from "node:test";
import { assertAccessible, closeBrowser, row, withPage } from "./browser.mjs";

const TOKEN = "a-token-of-more-than-32-characters-for-tests";
const folder = mkdtempSync(path(tmpdir(), "rollcall-token-"));
const file = path(folder, "token");
writeFileSync(file, TOKEN, { mode: 0o600 });

after(async () => {
  rmSync(folder, { recursive: true });
  await closeBrowser();
});

async function signIn(page, token) {
  await page.getByLabel("Token", { exact: true }).fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
}

// A browser writes each of these into its console.
const expected = /status of 40[13]/;

test("a page without a token asks for one, keeps no trace of it, and signs out", withPage(async ({ server, page }) => {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const made = await fetch(`${server.url}/api/v1/sessions`, { method: "POST", headers, body: '{"name": "Board"}' });
  assert.equal(made.status, 201);
  await page.goto(server.url);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await assertAccessible(page);
  await signIn(page, "rct_wrong");
  await page.getByText("The server does not know this token").waitFor();
  await signIn(page, TOKEN);
  await row(page, "Board").waitFor();
  await page.reload();
  await row(page, "Board").waitFor();
  const kept = await page.evaluate(() => JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }]));
  assert.equal(kept, '["",{},{}]');
  await page.getByRole("link", { name: "Access" }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
}, { settings: ["--cleanup-interval", "off", "--admin-token-file", file], expected }));

test("the first token is made on the page, which then asks for it", withPage(async ({ server, page }) => {
  await page.goto(`${server.url}/#/access`);
  await page.getByText("There is no token.").waitFor();
  await assertAccessible(page);
  await page.getByRole("button", { name: "Make a token" }).click();
  await page.getByLabel("Name").fill("operator");
  await page.getByRole("button", { name: "Make", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("rct_").waitFor();
  const token = await dialog.locator("code").textContent();
  await dialog.getByRole("button", { name: "I have it" }).click();
  await signIn(page, token);
  const operator = row(page, "operator");
  await operator.getByText("admin").waitFor();
  await assertAccessible(page);
  assert.equal((await server.call("GET", "/sessions")).status, 401);
}, { expected }));

test("a token that may only read sees all and changes nothing", withPage(async ({ server, page }) => {
  const call = (path, body) => fetch(`${server.url}/api/v1${path}`, {
    method: "POST", headers: { authorization: `Bearer ${TOKEN}` }, body: JSON.stringify(body),
  }).then((answer) => answer.json());
  const { session_id: id } = await call("/sessions", { name: "Board" });
  const { token } = await call("/tokens", { name: "reader", scope: "read" });
  await page.goto(`${server.url}/#/sessions/${id}/cleanup`);
  await signIn(page, token);
  await page.getByText("Stays because it was active recently.").waitFor();
  await page.getByRole("button", { name: "Pin", exact: true }).click();
  await page.getByRole("alert").waitFor();
  await page.getByRole("link", { name: "All sessions" }).click();
  await call("/sessions", { name: "Second" });
  await row(page, "Second").waitFor();
  assert.equal(await row(page, "Board").getByText("pinned").count(), 0);
}, { settings: ["--cleanup-interval", "off", "--admin-token-file", file], expected }));
