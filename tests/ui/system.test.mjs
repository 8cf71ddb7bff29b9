import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as path } from "node:path";
import { after, test } from "node:test";
import { LOOKS, assertAccessible, closeBrowser, row, withPage } from "./browser.mjs";

const folder = mkdtempSync(path(tmpdir(), "rollcall-backups-"));

after(async () => {
  rmSync(folder, { recursive: true });
  await closeBrowser();
});

test("the settings in force say where they come from", withPage(async ({ server, page }) => {
  await page.goto(`${server.url}/#/system`);
  const interval = row(page, "cleanup_interval");
  await interval.getByRole("cell", { name: "7h" }).waitFor();
  await interval.getByRole("cell", { name: "flag" }).waitFor();
  await row(page, "ping_timeout").getByRole("cell", { name: "default" }).waitFor();
  await page.getByRole("radio", { name: /^Set/ }).check();
  await row(page, "ping_timeout").waitFor({ state: "detached" });
  await interval.waitFor();
  await page.getByRole("radio", { name: /^All/ }).check();
  await page.getByLabel("Search").fill("ping_timeout");
  await page.getByRole("status").filter({ hasText: /^1 setting$/ }).waitFor();
  await interval.waitFor({ state: "detached" });
  await row(page, "ping_timeout").waitFor();
}, { settings: ["--cleanup-interval", "7h"] }));

test("the filter of the log is changed, and a wrong one is refused with the reason", withPage(async ({ server, page }) => {
  await page.goto(`${server.url}/#/system`);
  const field = page.getByLabel("Log filter");
  await field.fill("warn,rollcall=nonsense");
  await page.getByRole("button", { name: "Change the filter" }).click();
  await page.getByRole("alert").filter({ hasText: "log_filter" }).waitFor();
  await field.fill("error");
  await page.getByRole("button", { name: "Change the filter" }).click();
  await page.getByText("The log is filtered by error now.").waitFor();
  await page.reload();
  await page.locator("[name=filter][value=error]").waitFor();
}, { expected: /status of 400/ }));

test("a backup is made by a button where there is a folder for it", withPage(async ({ server, page }) => {
  await server.call("POST", "/sessions", { name: "Board" });
  await page.goto(`${server.url}/#/system`);
  await page.getByText("None was made yet.").waitFor();
  await page.getByRole("button", { name: "Back up now" }).click();
  await page.getByRole("status").filter({ hasText: `${folder}/` }).filter({ hasText: "has 1 session in" }).waitFor();
  await page.getByText("The last one was made just now.").waitFor();
}, { settings: ["--cleanup-interval", "off", "--backup-dir", folder] }));

for (const look of LOOKS) {
  test(`the page of the system is accessible: ${look.colorScheme}, ${look.viewport.width} pixels`, withPage(async ({ server, page, join }) => {
    const { session_id: id } = (await server.call("POST", "/sessions", { name: "Board" })).body;
    await join(id, "Ada");
    await page.goto(`${server.url}/#/system`);
    await page.getByText(`rollcall backup rollcall.db.backup --database clients.db`).waitFor();
    const clients = page.locator("dl.figures div").filter({ has: page.getByText("Clients", { exact: true }) });
    await clients.getByText("1", { exact: true }).waitFor();
    await row(page, "listen").first().waitFor();
    await assertAccessible(page);
  }, { look }));
}
