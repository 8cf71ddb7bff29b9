import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertAccessible, closeBrowser, row, withPage } from "./browser.mjs";

after(closeBrowser);

test("a cleanup is previewed, and then removes what was shown", withPage(async ({ server, page, join }) => {
  const made = [];
  for (const [name, pinned] of [["Idle", false], ["Used", false], ["Pinned", true]]) {
    made.push((await server.call("POST", "/sessions", { name, pinned })).body.session_id);
  }
  await join(made[1], "Ada");
  await page.goto(`${server.url}/#/cleanup`);
  await page.getByRole("button", { name: "Preview" }).click();
  await page.getByText("A cleanup would remove nothing.").waitFor();
  await page.getByLabel("Idle for more than (hours)").fill("0");
  await page.getByRole("button", { name: "Preview" }).click();
  await row(page, "Idle").getByText(/Nobody is in it; idle for/).waitFor();
  await assertAccessible(page);
  assert.equal((await server.call("GET", "/sessions")).body.total, 3);
  await page.getByRole("button", { name: "Remove 1 session" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove 1" }).click();
  await page.getByText("1 session removed.").waitFor();
  const left = (await server.call("GET", "/sessions")).body.sessions.map(({ name }) => name);
  assert.deepEqual(left, ["Used", "Pinned"]);
}));

test("the page comes back after the server was killed, with what happened meanwhile", withPage(async ({ server, page }) => {
  const { session_id: id } = (await server.call("POST", "/sessions", { name: "Board" })).body;
  await page.goto(`${server.url}/#/sessions/${id}/tree`);
  await page.getByText("This session has no content yet.").waitFor();
  await server.kill();
  await page.getByText("Connection lost.").waitFor();
  await server.startAgain();
  await server.call("POST", `/sessions/${id}/commands`, { command_type: "CreateNode", data: { blueprint_type_id: "item", name: "Milk" } });
  await page.getByRole("treeitem", { name: "Milk" }).waitFor();
  await page.getByText("Live", { exact: true }).waitFor();
  await page.getByRole("link", { name: "All sessions" }).click();
  await row(page, "Board").waitFor();
}, { expected: /WebSocket connection|ERR_CONNECTION/ }));

test("a visitor joins, sends a command and sees the frames", withPage(async ({ server, page }) => {
  const { session_id: id } = (await server.call("POST", "/sessions", { name: "Board" })).body;
  await page.goto(`${server.url}/#/try/${id}`);
  await page.getByLabel("Your name").fill("Grace");
  await page.getByRole("button", { name: "Join" }).click();
  await page.getByText("You are in").waitFor();
  const [client] = (await server.call("GET", `/sessions/${id}/clients`)).body.clients;
  assert.deepEqual(client.user, { name: "Grace" });
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByRole("listitem").filter({ hasText: '"type":"executed"' }).waitFor();
  await page.getByRole("listitem").filter({ hasText: '"type":"node-created"' }).waitFor();
  await assertAccessible(page);
  await page.getByRole("button", { name: "Leave" }).click();
  await page.getByText("Not connected").waitFor();
}));

test("the API reference is served by the server itself", withPage(async ({ server, page }) => {
  await page.goto(`${server.url}/docs`);
  await page.getByText("/api/v1/sessions/{session_id}/undo").waitFor();
  await page.getByText("Check liveness").click();
  await page.getByRole("button", { name: "Try it out" }).click();
  await page.getByRole("button", { name: "Execute", exact: true }).click();
  await page.locator(".live-responses-table").getByText('"ok"').waitFor();
}));
