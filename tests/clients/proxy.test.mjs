// The Socket.IO client for JavaScript behind proxies that spoil WebSockets, and where the server ends
// its connection.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Client, eventually, range } from "./client.mjs";
import { BrokenProxy } from "./proxy.mjs";
import { Rollcall } from "./server.mjs";

for (const how of ["closes", "swallows"]) {
  test(`a client stays connected behind a proxy that ${how} WebSockets`, async () => {
    const server = await Rollcall.start("--ping-interval", "2s", "--ping-timeout", "2s");
    const proxy = await BrokenProxy.start(server.url, how);
    const client = await Client.connect(`${proxy.url}/graph`, {});
    const { id } = client.socket;
    let lost = 0;
    client.socket.on("disconnect", () => (lost += 1));
    const session_id = await server.createSession();
    await client.ask("join_session", { session_id });
    await eventually("it tries a WebSocket", () => proxy.upgrades === 1);
    // Longer than a probe and several heartbeats may take.
    const end = Date.now() + 13_000;
    let seq = 1;
    while (Date.now() < end) {
      await server.call("PATCH", `/sessions/${session_id}`, { name: `n${seq}` });
      seq += 1;
      await client.hasSeq(seq);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.deepEqual(client.seqs, range(2, seq));
    assert.equal(client.socket.io.engine.transport.name, "polling");
    assert.equal(client.socket.id, id);
    assert.equal(lost, 0);
    assert.ok(proxy.noops <= 10, `${proxy.noops} polls were answered by nothing`);
    client.socket.disconnect();
    proxy.close();
    await server.stop();
  });
}

for (const transport of ["polling", "websocket"]) {
  test(`a client by ${transport} comes back after a packet that cannot be read`, async () => {
    const server = await Rollcall.start();
    const session_id = await server.createSession();
    const client = await Client.connect(`${server.url}/graph`, { transports: [transport] });
    await client.ask("join_session", { session_id });
    const lost = client.once("disconnect");
    const returned = client.once("connect");
    client.socket.io.engine.write("2/graph,not json");
    assert.notEqual(await lost, "io server disconnect");
    await returned;
    assert.equal((await client.ask("join_session", { session_id })).active_clients, 1);
    client.socket.disconnect();
    await server.stop();
  });
}

test("a polling client that goes away is disconnected at once", async () => {
  // No heartbeat would notice it while the test runs.
  const server = await Rollcall.start("--ping-interval", "10m");
  const session_id = await server.createSession();
  const proxy = await BrokenProxy.start(server.url, "closes");
  const client = await Client.connect(`${proxy.url}/graph`, { transports: ["polling"] });
  await client.ask("join_session", { session_id });
  assert.equal(await server.activeClients(session_id), 1);
  // Between two polls there is nothing that could break off.
  await eventually("a poll waits", async () => proxy.waiting.size > 0);
  proxy.close();
  client.socket.io.reconnection(false);
  await eventually("it is disconnected", async () => (await server.activeClients(session_id)) === 0);
  client.socket.disconnect();
  await server.stop();
});
