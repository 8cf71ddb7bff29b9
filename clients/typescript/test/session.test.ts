import assert from "node:assert/strict";
import { test } from "node:test";
import { createId, type RollcallError } from "rollcall-client";
import { newClient } from "./support/clients.js";
import { Line } from "./support/line.js";
import { plain, Server } from "./support/server.js";
import { becomes, connected, eventually } from "./support/wait.js";

const item = (name: string) => ({ blueprint_type_id: "item", name });

test("a change shows at once, and the promise is fulfilled when the server has it", async () => {
  await using server = await Server.start();
  using client = newClient(server.url);
  const id = await server.createSession();
  const session = client.session(id);
  await connected(session);

  const created = session.createNode(item("Milk"));
  assert.deepEqual(session.tree.map(({ name }) => name), ["Milk"]);
  const { result, revision } = await created;
  assert.equal(revision, 1);
  assert.equal(session.tree[0]?.id, result["node_id"]);
  assert.deepEqual(plain(session.tree), await server.tree(id));
});

test("a refused change is taken back and rejects its promise", async () => {
  await using server = await Server.start();
  using client = newClient(server.url);
  const session = client.session(await server.createSession());
  await connected(session);
  const node = createId();
  await session.createNode({ ...item("Milk"), node_id: node });

  const twice = session.createNode({ ...item("Milk again"), node_id: node });
  await assert.rejects(twice, { code: "INVALID_COMMAND" });
  const below = createId();
  await session.createNode({ ...item("below"), node_id: below, parent_id: node });
  const shown = session.tree;
  const circle = session.linkNode(node, below);
  assert.equal(session.tree, shown, "a node is not moved below itself");
  await assert.rejects(circle, { code: "INVALID_COMMAND" });
  const empty = session.setProperty(node, "p", "x".repeat(70_000));
  assert.ok(session.node(node)?.properties["p"]);
  await assert.rejects(empty, { code: "INVALID_REQUEST" });
  assert.deepEqual(session.node(node)?.properties, {});
});

test("snapshots are new only where something changed", async () => {
  await using server = await Server.start();
  using client = newClient(server.url);
  const session = client.session(await server.createSession());
  assert.equal(session.tree, session.tree, "also before there is anything");
  await connected(session);
  const [left, right, leaf] = [createId(), createId(), createId()];
  await session.batch((batch) => {
    batch.createNode({ ...item("left"), node_id: left });
    batch.createNode({ ...item("right"), node_id: right });
    batch.createNode({ ...item("leaf"), node_id: leaf, parent_id: right });
  });

  const before = session.tree;
  const renamed = session.renameNode(leaf, "renamed");
  const shown = session.tree;
  await renamed;
  assert.notEqual(shown, before);
  assert.equal(shown[0], before[0]);
  assert.notEqual(shown[1], before[1]);
  assert.equal(session.tree, shown, "the confirmation of a change is no change");
  session.updatePresence({ x: 1 });
  assert.equal(session.tree, shown);
});

test("all commands do to the tree what they do on the server", async () => {
  await using server = await Server.start();
  using client = newClient(server.url);
  const id = await server.createSession();
  const session = client.session(id);
  await connected(session);
  const [a, b, c] = [createId(), createId(), createId()];
  const all = [
    session.createNode({ ...item("a"), node_id: a, properties: { done: false } }),
    session.createNode({ ...item("b"), node_id: b, parent_id: a }),
    session.createNode({ ...item("c"), node_id: c, index: 0 }),
    session.linkNode(c, a, 0),
    session.unlinkNode(b),
    session.renameNode(b, "B"),
    session.setProperty(b, "__proto__", { x: [1, null] }),
    session.deleteProperty(a, "done"),
    session.linkNode(b, null, 0),
    session.deleteNode(c),
  ];
  const shown = plain(session.tree);
  await Promise.all(all);
  assert.deepEqual(shown, await server.tree(id));
  assert.deepEqual(plain(session.tree), shown);
});

test("undo and redo reach the own steps in the scope of the client, also after a restart", async () => {
  await using server = await Server.start();
  using ada = newClient(server.url);
  using bob = newClient(server.url);
  const id = await server.createSession();
  const [a, b] = [ada.session(id), bob.session(id)];
  await Promise.all([connected(a), connected(b)]);
  await a.createNode(item("of Ada"));
  await b.createNode(item("of Bob"));
  assert.equal(a.canUndo("client"), true);
  await eventually("Ada has what Bob did", () => a.tree.length === 2);

  await a.undo("client");
  assert.deepEqual(a.tree.map(({ name }) => name), ["of Bob"]);
  assert.deepEqual([a.canUndo("client"), a.canRedo("client")], [false, true]);
  await server.kill();
  await eventually("the loss is noticed", () => a.status === "reconnecting");
  await server.startAgain();
  await connected(a);
  await a.redo("client");
  assert.deepEqual(a.tree.map(({ name }) => name).sort(), ["of Ada", "of Bob"]);
  await a.undo("client");
  await assert.rejects(a.undo("client"), { code: "NOTHING_TO_UNDO" });

  await becomes(true, () => a.canUndo());
  await a.undo();
  assert.deepEqual(a.tree, []);
  await becomes([false, true], () => [a.canUndo(), a.canRedo()]);
  await becomes([false, true], () => [b.canUndo(), b.canRedo()]);
});

test("own undo goes back from what was done offline to what was done before", async () => {
  await using server = await Server.start();
  using line = await Line.to(server.port);
  using client = newClient(line.url);
  const session = client.session(await server.createSession());
  await connected(session);
  await session.createNode(item("first"));
  line.down();
  await becomes("reconnecting", () => session.status);
  const offline = [
    session.createNode(item("second")),
    session.createNode(item("third")),
    session.undo("client"),
    session.createNode(item("fourth")),
  ];
  line.up = true;
  await Promise.all(offline);
  const names = () => session.tree.map(({ name }) => name);
  assert.deepEqual(names(), ["first", "second", "fourth"]);
  assert.equal(session.canUndo("client"), true);

  line.cut();
  await becomes("reconnecting", () => session.status);
  await Promise.all([session.undo("client"), session.undo("client"), session.undo("client")]);
  assert.deepEqual(names(), []);
  assert.deepEqual([session.canUndo("client"), session.canRedo("client")], [false, true]);
  line.cut();
  await becomes("reconnecting", () => session.status);
  await Promise.all([session.redo("client"), session.redo("client"), session.redo("client")]);
  assert.deepEqual(names(), ["first", "second", "fourth"]);
  assert.deepEqual([session.canUndo("client"), session.canRedo("client")], [true, false]);
});

test("others get who is here and what they say of themselves", async () => {
  await using server = await Server.start();
  using ada = newClient(server.url);
  using bob = newClient(server.url);
  const id = await server.createSession();
  const a = ada.session<{ cursor?: number; selected?: string }, string>(id, { user: "Ada", presence: { cursor: 1 } });
  await connected(a);
  const b = bob.session<{ cursor: number }, string>(id, { user: "Bob" });
  await connected(b);

  await becomes([["Ada", { cursor: 1 }]], () => b.others.map(({ user, presence }) => [user, presence]));
  await becomes([["Bob", null]], () => a.others.map(({ user, presence }) => [user, presence]) as never);
  const before = b.others;
  a.updatePresence({ selected: "x" });
  assert.deepEqual(a.self.presence, { cursor: 1, selected: "x" });
  await becomes({ cursor: 1, selected: "x" }, () => b.others[0]?.presence as never);
  assert.notEqual(b.others, before);
  a.close();
  await becomes(0, () => b.others.length);
});

test("two sessions of a client share its connection, and a session is joined once", async () => {
  await using server = await Server.start();
  using client = newClient(server.url);
  const [one, two] = [await server.createSession(), await server.createSession()];
  const first = client.session(one);
  const second = client.session(two);
  assert.equal(client.session(one), first);
  await Promise.all([connected(first), connected(second)]);
  assert.equal(first.self.client_id, second.self.client_id);

  first.close();
  assert.equal(first.status, "connected", "the second caller still has it");
  first.close();
  assert.equal(first.status, "disconnected");
  await becomes(0, async () => (await server.call("GET", `/sessions/${one}`)).active_clients);
  assert.equal(second.status, "connected");
});

test("a session that is removed or does not exist is given up", async () => {
  await using server = await Server.start();
  using client = newClient(server.url);
  const id = await server.createSession();
  const session = client.session(id);
  await connected(session);
  const errors: RollcallError[] = [];
  let removed = 0;
  session.on("error", (error) => errors.push(error));
  session.on("removed", () => removed++);
  await server.call("DELETE", `/sessions/${id}`);
  await becomes("disconnected", () => session.status);
  assert.deepEqual([removed, errors[0]?.code], [1, "SESSION_REMOVED"]);
  await assert.rejects(session.createNode(item("late")), { code: "SESSION_REMOVED" });

  const unknown = client.session(createId());
  await becomes("disconnected", () => unknown.status);
  assert.equal(unknown.error?.code, "SESSION_NOT_FOUND");
  const again = client.session(id);
  await becomes("SESSION_REMOVED", () => again.error?.code);
});

test("what is too large for a frame is refused, and the rest goes on", async () => {
  await using server = await Server.start("--body-limit", "20000");
  using client = newClient(server.url);
  const session = client.session(await server.createSession());
  await connected(session);
  const before = session.createNode(item("before"));
  const large = session.createNode({ ...item("large"), properties: { text: "x".repeat(30_000) } });
  const after = session.createNode(item("after"));
  await assert.rejects(large, { code: "PAYLOAD_TOO_LARGE" });
  await Promise.all([before, after]);
  assert.deepEqual(session.tree.map(({ name }) => name), ["before", "after"]);
});

test("presence that is refused is an error of the session", async () => {
  await using server = await Server.start();
  using client = newClient(server.url);
  const session = client.session(await server.createSession());
  await connected(session);
  const errors: string[] = [];
  session.on("error", ({ code }) => errors.push(code));
  session.updatePresence({ text: "x".repeat(5000) });
  await becomes(["INVALID_REQUEST"], () => errors);
  assert.equal(session.status, "connected");
});

test("a session that is closed before it is joined stays closed", async () => {
  await using server = await Server.start();
  using client = newClient(server.url);
  const [one, two] = [await server.createSession(), await server.createSession()];
  await connected(client.session(one));
  const early = client.session(two);
  early.close();
  const late = client.session(two);
  await connected(late);
  assert.equal(early.status, "disconnected");
  late.close();
  await becomes(0, async () => (await server.call("GET", `/sessions/${two}`)).active_clients);
});

test("a graph that is too large for a frame is read over REST", async () => {
  await using server = await Server.start("--client-queue-bytes", "20000");
  using ada = newClient(server.url);
  using bob = newClient(server.url);
  const id = await server.createSession();
  const writer = ada.session(id);
  await connected(writer);
  for (const name of ["one", "two", "three"]) {
    await writer.createNode({ ...item(name), properties: { text: "x".repeat(10_000) } });
  }
  const reader = bob.session(id);
  await connected(reader);
  assert.deepEqual(plain(reader.tree), await server.tree(id));
  await writer.createNode(item("four"));
  await becomes(4, () => reader.tree.length);
});

test("a client that is kicked stays out", async () => {
  await using server = await Server.start();
  using client = newClient(server.url);
  const id = await server.createSession();
  const session = client.session(id);
  await connected(session);
  await server.call("DELETE", `/sessions/${id}/clients/${session.self.client_id}`);
  await becomes("FORBIDDEN", () => session.error?.code);
  await becomes(0, async () => (await server.call("GET", `/sessions/${id}`)).active_clients);
});

test("a message to the session reaches its clients", async () => {
  await using server = await Server.start();
  using client = newClient(server.url);
  const id = await server.createSession();
  const session = client.session(id);
  await connected(session);
  const messages: unknown[] = [];
  session.on("message", (data) => messages.push(data));
  await server.call("POST", `/sessions/${id}/messages`, { data: { text: "hello" } });
  await becomes([{ text: "hello" }] as unknown[], () => messages);
});
