// Join tokens on a server that wants them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { newClient } from "./support/clients.js";
import { Line } from "./support/line.js";
import { Server } from "./support/server.js";
import { becomes, connected, eventually } from "./support/wait.js";

process.env["ROLLCALL_ADMIN_TOKEN"] = "the-admin-token-of-these-tests-0123456789";

const item = (name: string) => ({ blueprint_type_id: "item", name });

async function tokenFor(server: Server, session: string, role: "viewer" | "editor", ttl = "1h"): Promise<string> {
  return (await server.call("POST", `/sessions/${session}/tokens`, { role, ttl, user: { name: role } })).token;
}

test("a connection outlives its tokens, and asks for no more of them than it needs", async () => {
  await using server = await Server.start();
  const id = await server.createSession();
  let asked = 0;
  using client = newClient(server.url, { getToken: () => (asked++, tokenFor(server, id, "editor", "4s")) });
  const session = client.session(id);
  await connected(session);
  const begin = Date.now();
  const { client_id } = session.self;
  const statuses: string[] = [];
  session.on("status", (status) => statuses.push(status));

  await eventually("another three", () => asked === 4);
  assert.ok(Date.now() - begin > 3_000, "each is asked for when half of the time of the one before is over");
  await session.createNode(item("Milk"));
  assert.deepEqual([session.self.client_id, statuses], [client_id, []]);
});

test("a viewer sees and is seen, and may not change", async () => {
  await using server = await Server.start();
  const id = await server.createSession();
  const as = (role: "viewer" | "editor") => newClient(server.url, { getToken: () => tokenFor(server, id, role) });
  using editor = as("editor");
  using viewer = as("viewer");
  const [writer, reader] = [editor.session(id), viewer.session<{ at: number }>(id)];
  await Promise.all([connected(writer), connected(reader)]);
  await writer.createNode(item("Milk"));
  await becomes(["Milk"], () => reader.tree.map(({ name }) => name));

  const refused = reader.createNode(item("Bread"));
  assert.equal(reader.tree.length, 2);
  await assert.rejects(refused, { code: "FORBIDDEN" });
  assert.deepEqual(reader.tree.map(({ name }) => name), ["Milk"]);
  await assert.rejects(reader.undo(), { code: "FORBIDDEN" });
  reader.updatePresence({ at: 1 });
  await becomes([{ name: "viewer" }, { at: 1 }] as unknown[], () =>
    writer.others.flatMap(({ user, presence }) => [user, presence]),
  );
  assert.equal(reader.status, "connected");
});

test("a token that is not valid any more is replaced after a loss, and what waits is sent", async () => {
  await using server = await Server.start();
  using line = await Line.to(server.port);
  const id = await server.createSession();
  const tokens = [await tokenFor(server, id, "editor"), "of yesterday", await tokenFor(server, id, "editor")];
  using client = newClient(line.url, { getToken: () => tokens.shift() ?? null });
  const session = client.session(id);
  await connected(session);
  await session.createNode(item("before"));
  line.down();
  await eventually("the loss", () => session.status === "reconnecting");
  const waiting = session.createNode(item("meanwhile"));
  line.up = true;
  await waiting;
  await session.undo("client");
  await session.undo("client");
  assert.deepEqual([session.tree, tokens], [[], []]);
});

test("without a valid token the client gives up", async () => {
  await using server = await Server.start();
  const id = await server.createSession();
  for (const token of [null, "of yesterday", await tokenFor(server, await server.createSession(), "editor")]) {
    using client = newClient(server.url, { getToken: () => token });
    const session = client.session(id);
    await becomes("disconnected", () => session.status);
    assert.equal(session.error?.code, token?.startsWith("ey") ? "FORBIDDEN" : "UNAUTHORIZED");
  }
});
