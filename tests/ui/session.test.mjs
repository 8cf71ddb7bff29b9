import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, row, withPage } from "./browser.mjs";

after(closeBrowser);

const uuid = (number) => `00000000-0000-7000-8000-${String(number).padStart(12, "0")}`;

/** A session with these nodes, by their names; those that begin with a blank are below the last that does not. */
async function board(server, names = []) {
  let parent_id = null;
  const nodes = names.map((name, number) => {
    const node = { id: uuid(number), blueprint_type_id: "item", name: name.trim(), parent_id: name.startsWith(" ") ? parent_id : null };
    if (!node.parent_id) parent_id = node.id;
    return node;
  });
  return (await server.call("POST", "/sessions", { name: "Board", nodes })).body.session_id;
}

test("content is built, undone and redone from the page", withPage(async ({ server, page }) => {
  const id = await board(server);
  await page.goto(`${server.url}/#/sessions/${id}/tree`);
  for (const name of ["Milk", "Two liters"]) {
    await page.getByRole("button", { name: "Add a node" }).click();
    await page.getByLabel("Name").fill(name);
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("treeitem", { name }).waitFor();
  }
  assert.equal(await page.getByRole("treeitem", { name: "Two liters" }).getAttribute("aria-level"), "2");
  await page.getByRole("button", { name: "Set a property" }).click();
  await page.getByRole("textbox", { name: "Property" }).fill("fat");
  await page.getByRole("textbox", { name: "Value" }).fill("3.5");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("rowheader", { name: "fat" }).waitFor();
  await page.getByRole("link", { name: "History" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await row(page, "UpdateProperty").getByText("undone").waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("link", { name: "Tree 1" }).waitFor();
  await page.getByRole("button", { name: "Redo" }).click();
  await page.getByRole("link", { name: "Tree 2" }).click();
  await page.getByRole("treeitem", { name: "Two liters" }).waitFor();
  const { roots } = (await server.call("GET", `/sessions/${id}/graph/tree`)).body;
  assert.deepEqual(roots[0].children.map(({ name, properties }) => [name, properties]), [["Two liters", {}]]);
}));

test("an undo of one client's work names what it conflicts with", withPage(async ({ server, page }) => {
  const id = await board(server, ["Milk"]);
  const rename = (client_id, name) =>
    server.call("POST", `/sessions/${id}/commands`, { command_type: "RenameNode", data: { node_id: uuid(0), name }, client_id });
  await rename("ada", "Bread");
  await rename("grace", "Butter");
  await page.goto(`${server.url}/#/sessions/${id}/history`);
  await page.getByLabel("Whose").selectOption({ label: "Only ada" });
  await page.getByText("1 step").waitFor();
  await page.getByRole("button", { name: "Undo theirs" }).click();
  const conflict = page.getByRole("listitem").filter({ hasText: "Butter" });
  await conflict.getByText("was renamed").waitFor();
}, { expected: /status of 409/ }));

test("the tree follows what others do, whatever they do", withPage(async ({ server, page }) => {
  const id = await board(server, ["One", " Two", " Three", "Four"]);
  const execute = (command_type, data) => server.call("POST", `/sessions/${id}/commands`, { command_type, data });
  await page.goto(`${server.url}/#/sessions/${id}/tree`);
  await page.getByRole("treeitem", { name: "Four" }).waitFor();
  const lines = () => page.getByRole("treeitem").evaluateAll((items) => items
    .sort((a, b) => a.offsetTop - b.offsetTop)
    .map((item) => `${item.ariaLevel} ${item.querySelector(".tree-name").textContent}`));
  const shown = async (...expected) => {
    for (let left = 100; JSON.stringify(await lines()) !== JSON.stringify(expected); left -= 1) {
      if (left === 0) assert.deepEqual(await lines(), expected);
      await page.waitForTimeout(50);
    }
  };
  await shown("1 One", "2 Two", "2 Three", "1 Four");
  await execute("LinkNode", { parent_id: uuid(3), child_id: uuid(1) });
  await shown("1 One", "2 Three", "1 Four", "2 Two");
  await execute("LinkNode", { parent_id: null, child_id: uuid(3), index: 0 });
  await shown("1 Four", "2 Two", "1 One", "2 Three");
  await execute("UnlinkNode", { child_id: uuid(2) });
  await shown("1 Four", "2 Two", "1 One", "1 Three");
  await execute("DeleteNode", { node_id: uuid(3) });
  await shown("1 One", "1 Three");
  await server.call("POST", `/sessions/${id}/undo`);
  await shown("1 Four", "2 Two", "1 One", "1 Three");
  await execute("CreateNode", { blueprint_type_id: "item", name: "Between", index: 1 });
  await shown("1 Four", "2 Two", "1 Between", "1 One", "1 Three");
}));

test("the tree is moved through by keys, and a large one is drawn in part", withPage(async ({ server, page }) => {
  const names = [];
  for (let parent = 0; parent < 60; parent += 1) {
    names.push(`Part ${parent}`);
    for (let child = 0; child < 30; child += 1) names.push(` Piece ${parent}.${child}`);
  }
  const id = await board(server, names);
  await page.goto(`${server.url}/#/sessions/${id}/tree`);
  const tree = page.getByRole("tree");
  await tree.waitFor();
  assert.ok((await page.getByRole("treeitem").count()) < 100);
  await tree.focus();
  const selected = async (name) => page.getByRole("treeitem", { name, selected: true }).waitFor();
  await selected("Part 0, item");
  for (const [key, name] of [
    ["ArrowDown", "Piece 0.0"], ["ArrowLeft", "Part 0"], ["End", "Piece 59.29"], ["Home", "Part 0"], ["ArrowLeft", "Part 0"],
    ["ArrowDown", "Part 1"], ["ArrowUp", "Part 0"], ["ArrowRight", "Part 0"], ["ArrowRight", "Piece 0.0"],
  ]) {
    await tree.press(key);
    await selected(new RegExp(`^${name.replace(".", "\\.")}, item$`));
  }
  await page.keyboard.type("part 42");
  await selected("Part 42, item");
  await page.getByLabel("Search").fill("piece 31.7");
  await page.getByText("1 match in 1,860 nodes").waitFor();
  assert.equal(await page.getByRole("treeitem").count(), 2);
}));

test("people are seen as they come, and are kicked", withPage(async ({ server, page, join }) => {
  const id = await board(server);
  await page.goto(`${server.url}/#/sessions/${id}`);
  await page.getByText("Nobody is in this session.").waitFor();
  const ada = await join(id, { name: "Ada" });
  await join(id, "Grace");
  ada.send(JSON.stringify({ type: "presence", session_id: id, data: { at: 7 } }));
  await row(page, "Ada").getByText('{"at":7}').waitFor();
  await row(page, "Grace").waitFor();
  await page.getByText("Stays because somebody is in it").waitFor();
  const closed = new Promise((resolve) => ada.once("close", resolve));
  await row(page, "Ada").getByRole("button", { name: "Kick" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Kick" }).click();
  assert.equal(await closed, 4403);
  await row(page, "Ada").waitFor({ state: "detached" });
  assert.equal(await server.activeClients(id), 1);
}));

test("events are shown as they happen, paused and filtered", withPage(async ({ server, page, join }) => {
  const id = await board(server);
  await page.goto(`${server.url}/#/sessions/${id}/events`);
  await page.getByText("Nothing has happened in this session yet.").waitFor();
  await join(id, "Ada");
  await row(page, "session-connected").getByText('user: "Ada"').waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await server.call("POST", `/sessions/${id}/commands`, { command_type: "CreateNode", data: { blueprint_type_id: "item" } });
  await page.getByRole("button", { name: "Go on (2 new)" }).click();
  await row(page, "command-executed").waitFor();
  await page.getByRole("combobox", { name: "Event" }).selectOption("node-created");
  await row(page, "session-connected").waitFor({ state: "detached" });
  await row(page, "node-created").waitFor();
}));

test("a session says why it stays, and is pinned, touched and removed", withPage(async ({ server, page }) => {
  const id = await board(server);
  await page.goto(`${server.url}/#/sessions/${id}/cleanup`);
  await page.getByText("Stays because it was active recently.").waitFor();
  await page.getByRole("button", { name: "Pin", exact: true }).click();
  await page.getByText(/because it is pinned/).waitFor();
  await page.getByRole("button", { name: "Unpin" }).click();
  await page.getByRole("button", { name: "Own timeout" }).click();
  await page.getByLabel("Hours").fill("0");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("May go at any moment").waitFor();
  await page.getByRole("button", { name: "Touch" }).click();
  await page.getByText("It counts as active now.").waitFor();
  await page.getByRole("button", { name: "Remove this session" }).click();
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await page.getByText("There is no session yet.").waitFor();
  assert.equal((await server.call("GET", `/sessions/${id}`)).status, 410);
}, { expected: /status of 410/ }));

test("a removed session says when and why, and is restored", withPage(async ({ server, page }) => {
  const id = await board(server, ["Milk"]);
  await page.goto(`${server.url}/#/sessions/${id}/tree`);
  await page.getByRole("treeitem", { name: "Milk" }).waitFor();
  await server.call("DELETE", `/sessions/${id}`);
  await page.getByText("Somebody removed it").waitFor();
  await page.getByRole("button", { name: "Restore it" }).click();
  await page.getByRole("treeitem", { name: "Milk" }).waitFor();
  await page.getByRole("link", { name: "All sessions" }).click();
  await row(page, "Board").waitFor();
}, { expected: /status of 410/ }));
