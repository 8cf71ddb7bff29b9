import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, row, withPage } from "./browser.mjs";
import { Receiver } from "./receiver.mjs";

after(closeBrowser);

test("the overview counts who is in", withPage(async ({ server, page, join }) => {
  const { session_id: id } = (await server.call("POST", "/sessions", { name: "Board" })).body;
  await page.goto(`${server.url}/#/overview`);
  await join(id, "Ada");
  const clients = page.locator(".card").filter({ has: page.getByRole("heading", { name: "Clients" }) });
  await clients.locator(".figure", { hasText: "1" }).waitFor();
  await row(page, "Board").waitFor();
  await page.getByText("Database").waitFor();
}));

test("the overview shows commit time and waiting changes as they are, without asking", withPage(async ({ server, page }) => {
  const { session_id: id } = (await server.call("POST", "/sessions", { name: "Board" })).body;
  await page.goto(`${server.url}/#/overview`);
  const figure = (title) => page.locator(".card").filter({ has: page.getByRole("heading", { name: title, exact: true }) }).locator(".figure");
  await figure("Waiting changes").filter({ hasText: "0" }).waitFor();
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  const data = { parent_id: null, blueprint_type_id: "note", name: "n" };
  const busy = setInterval(() => server.call("POST", `/sessions/${id}/commands`, { command_type: "CreateNode", data }), 20);
  try {
    await figure("Commands").filter({ hasText: /[1-9].* \/s/ }).waitFor();
    await figure("Commit time").filter({ hasText: /[0-9] ms/ }).waitFor();
  } finally {
    clearInterval(busy);
  }
  assert.deepEqual(asked, []);
  await page.getByText("The charts as a table").click();
  await page.getByRole("columnheader", { name: "Commit time (ms)" }).waitFor();
}));

const attention = (page) => page.getByRole("region", { name: "What deserves attention" });

test("the overview says that there is no access control, until there is a token", withPage(async ({ server, page }) => {
  await page.goto(`${server.url}/#/overview`);
  await attention(page).getByText("There is no access control").waitFor();
  const { token } = (await server.call("POST", "/tokens", { name: "operator", scope: "admin" })).body;
  await page.reload();
  await page.getByLabel("Token", { exact: true }).fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await attention(page).getByText("Nothing at the moment.").waitFor();
}, { expected: /status of 401|401/ }));

test("the overview names webhooks that fail or were switched off for that", withPage(async ({ server, page }) => {
  const receiver = await Receiver.start();
  receiver.status = 500;
  const { endpoint_id: id } = (await server.call("POST", "/webhooks", { url: receiver.url })).body;
  await server.call("POST", `/webhooks/${id}/test`);
  const webhook = async () => (await server.call("GET", `/webhooks/${id}`)).body;
  await receiver.sent("webhook.test");
  while ((await webhook()).failing_since === null);
  await page.goto(`${server.url}/#/overview`);
  await attention(page).getByText("1 webhook fails: messages wait.").waitFor();
  receiver.status = 410;
  await server.call("POST", `/webhooks/${id}/enable`);
  while ((await webhook()).disabled_reason !== "gone");
  receiver.stop();
  await page.reload();
  await attention(page).getByText("1 webhook was switched off").waitFor();
}, { settings: ["--cleanup-interval", "off", "--webhook-allow-private"] }));

test("the overview names an old backup, a large log and a full disk", withPage(async ({ server, page }) => {
  // Nobody waits for these here: the server's own figures are changed on their way.
  const changed = {
    rollcall_backup_last_success_timestamp_seconds: 1e9, rollcall_wal_bytes: 1024 ** 3, rollcall_disk_free_bytes: 1024 ** 2,
  };
  await page.route("**/metrics", async (route) => {
    let text = await (await route.fetch()).text();
    for (const [name, value] of Object.entries(changed)) text = text.replace(new RegExp(`^${name} .*$`, "m"), `${name} ${value}`);
    await route.fulfill({ body: text });
  });
  await page.goto(`${server.url}/#/overview`);
  await attention(page).getByText("The last backup was made").waitFor();
  await attention(page).getByText("The write-ahead log has 1.0 GiB").waitFor();
  await attention(page).getByText("The disk has only 1.0 MiB left").waitFor();
  changed.rollcall_backup_last_success_timestamp_seconds = 0;
  changed.process_start_time_seconds = 1e9;
  await page.reload();
  await attention(page).getByText("There is no backup yet").waitFor();
  await attention(page).getByRole("link", { name: "How to make one" }).first().waitFor();
}));
