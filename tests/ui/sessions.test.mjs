import assert from "node:assert/strict";
import { after, test } from "node:test";
import { LOOKS, assertAccessible, closeBrowser, row, withPage } from "./browser.mjs";

after(closeBrowser);

test("the first session is made from the empty page", withPage(async ({ server, page }) => {
  await page.goto(server.url);
  await page.getByText("There is no session yet.").waitFor();
  await page.getByText(`curl -X POST ${server.url}/api/v1/sessions`).waitFor();
  await assertAccessible(page);
  await page.getByRole("button", { name: "Create a session" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Board");
  await dialog.getByLabel("Project").fill("atelier");
  await dialog.getByLabel("Pinned").check();
  await dialog.getByRole("button", { name: "Create" }).click();
  await page.getByRole("heading", { name: "Board" }).waitFor();
  const { body } = await server.call("GET", "/sessions");
  const [{ name, project_id, pinned }] = body.sessions;
  assert.deepEqual({ name, project_id, pinned }, { name: "Board", project_id: "atelier", pinned: true });
}));

test("counts move when a script joins and leaves, and sessions come and go", withPage(async ({ server, page, join }) => {
  const { session_id } = (await server.call("POST", "/sessions", { name: "Board" })).body;
  await page.goto(server.url);
  const board = row(page, "Board");
  await board.getByRole("cell", { name: "0", exact: true }).first().waitFor();
  const client = await join(session_id, { name: "Ada" });
  await board.locator(".in-use", { hasText: "1" }).waitFor();
  await page.getByText("In use 1").waitFor();
  client.close();
  await page.getByText("In use 0").waitFor();
  await server.call("POST", "/sessions", { name: "Second" });
  await row(page, "Second").waitFor();
  await server.call("DELETE", `/sessions/${session_id}`);
  await board.waitFor({ state: "detached" });
}));

test("sessions are found by name, project and id, filtered and sorted", withPage(async ({ server, page }) => {
  const made = [];
  for (const [name, project_id, pinned] of [["Cherry", "fruit", true], ["Apple", "fruit", false], ["Beet", "root", false]]) {
    made.push((await server.call("POST", "/sessions", { name, project_id, pinned })).body.session_id);
  }
  await page.goto(server.url);
  const names = () => page.locator("tbody th a").allTextContents();
  await row(page, "Beet").waitFor();
  for (const heading of ["Session", "Project", "Clients", "Nodes", "Revision", "Last active"]) {
    assert.equal(await page.getByRole("columnheader", { name: heading }).count(), 1, heading);
  }
  await page.getByRole("button", { name: "Session", exact: true }).click();
  await page.locator("tbody tr:first-child", { hasText: "Apple" }).waitFor();
  assert.deepEqual(await names(), ["Apple", "Beet", "Cherry"]);
  assert.equal(await page.getByRole("columnheader", { name: "Session" }).getAttribute("aria-sort"), "ascending");
  for (const [search, found] of [["FRUIT", ["Apple", "Cherry"]], ["BEET", ["Beet"]], [made[0], ["Cherry"]]]) {
    await page.getByLabel("Search").fill(search);
    await page.getByRole("status").filter({ hasText: new RegExp(`^${found.length} session`) }).waitFor();
    assert.deepEqual(await names(), found);
  }
  await page.getByLabel("Search").fill("");
  await page.getByRole("radio", { name: "Pinned 1" }).check();
  await row(page, "Apple").waitFor({ state: "detached" });
  assert.deepEqual(await names(), ["Cherry"]);
}));

test("ten sessions are removed only after their number was typed", withPage(async ({ server, page }) => {
  for (let number = 0; number < 12; number += 1) await server.call("POST", "/sessions", { name: `Board ${number}` });
  await page.goto(server.url);
  await row(page, "Board 11").waitFor();
  await page.getByLabel("Select all that are shown").check();
  await page.getByLabel("Select Board 3").uncheck();
  await page.getByLabel("Select Board 4").uncheck();
  await page.getByRole("button", { name: "Remove 10 sessions" }).click();
  const dialog = page.getByRole("dialog");
  const confirm = dialog.getByRole("button", { name: "Remove" });
  assert.ok(await confirm.isDisabled());
  await assertAccessible(page);
  await dialog.getByRole("textbox").fill("remove 10 sessions");
  await confirm.click();
  await dialog.waitFor({ state: "detached" });
  assert.equal((await server.call("GET", "/sessions")).body.total, 2);
  await page.getByText("2 sessions", { exact: true }).waitFor();
}));

for (const look of LOOKS) {
  const name = `${look.colorScheme}, ${look.viewport.width} pixels`;
  test(`every page is accessible: ${name}`, withPage(async ({ server, page, join }) => {
    const nodes = [{ id: "00000000-0000-7000-8000-000000000001", blueprint_type_id: "item", name: "Milk", properties: { done: true } }];
    const { session_id: id } = (await server.call("POST", "/sessions", { name: "Board", pinned: true, nodes })).body;
    await server.call("POST", `/sessions/${id}/commands`, { command_type: "RenameNode", data: { node_id: nodes[0].id, name: "Bread" } });
    await join(id, { name: "Ada" });
    const places = {
      "": "All", [`sessions/${id}`]: "Ada", [`sessions/${id}/tree`]: "Bread", [`sessions/${id}/history`]: "RenameNode",
      [`sessions/${id}/events`]: "active_clients:", [`sessions/${id}/cleanup`]: "Own timeout", overview: "Busiest now",
      cleanup: "Preview", [`try/${id}`]: "Not connected", nothing: "There is no such page",
    };
    for (const [place, text] of Object.entries(places)) {
      await page.goto(`${server.url}/#/${place}`);
      await page.getByText(text).first().waitFor();
      await assertAccessible(page).catch((error) => assert.fail(`${place}: ${error.message}`));
    }
  }, { look }));
}
