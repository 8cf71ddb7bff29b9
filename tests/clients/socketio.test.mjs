// The Socket.IO client for JavaScript against the built service, by each way that it can connect.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";

import { Client, eventually, range, soon } from "./client.mjs";
import { Rollcall } from "./server.mjs";

const WAYS = {
  "polling only": { transports: ["polling"] },
  "websocket only": { transports: ["websocket"] },
  "polling, then an upgrade": {},
};

for (const [way, options] of Object.entries(WAYS)) {
  for (const namespace of ["/graph", "/"]) {
    describe(`${way}, ${namespace}`, () => {
      let server;
      let clients = [];

      before(async () => (server = await Rollcall.start("--cleanup-interval", "off")));
      after(async () => {
        for (const client of clients) client.socket.disconnect();
        await server.stop();
      });

      const connect = async () => {
        const client = await Client.connect(server.url + namespace, options);
        clients.push(client);
        return client;
      };

      test("three join, count, and see the same events in order", async () => {
        const session_id = await server.createSession();
        const three = [await connect(), await connect(), await connect()];
        for (const [place, client] of three.entries()) {
          const joined = await client.ask("join_session", { session_id, ref: place });
          assert.equal(joined.client_id, client.socket.id);
          assert.equal(joined.active_clients, place + 1);
          assert.equal(joined.seq, place + 1);
          assert.equal(joined.ref, place);
          await eventually("the event says the same", () => client.received.some(([name]) => name === "joined"));
          assert.deepEqual(client.received.find(([name]) => name === "joined")[1], joined);
        }
        assert.equal(await server.activeClients(session_id), 3);

        for (const number of range(1, 20)) {
          await server.call("PATCH", `/sessions/${session_id}`, { name: `n${number}` });
        }
        const content = await server.call("POST", `/sessions/${session_id}/commands`, {
          command_type: "CreateNode",
          data: { blueprint_type_id: "task" },
        });
        const { node_id } = content.body.result;
        await server.call("POST", `/sessions/${session_id}/commands`, {
          command_type: "UpdateProperty",
          data: { node_id, property_id: "status", value: { done: [true, null, "ä"] } },
        });
        await three[0].ask("execute", { session_id, command_type: "RenameNode", data: { node_id, name: "b" } });
        const { seq: last } = await three[0].ask("undo", { session_id });
        for (const client of three) await client.hasSeq(last);
        assert.deepEqual(three[0].seqs, range(2, last));
        assert.deepEqual(three[1].events, three[0].events.slice(1));
        assert.deepEqual(three[2].events, three[0].events.slice(2));
        const names = three[2].events.map(([name]) => name).filter((name) => name !== "session-updated");
        assert.deepEqual(names, [
          "node-created", "command-executed", "property-changed", "command-executed",
          "node-renamed", "command-executed", "node-renamed", "undo",
        ]);

        const left = await three[2].ask("leave_session", { session_id });
        assert.deepEqual(left, { session_id, client_id: three[2].socket.id, active_clients: 2 });
        three[1].socket.disconnect();
        await three[0].hasSeq(last + 2);
        const [[, leaving], [, dropping]] = three[0].events.slice(-2);
        assert.equal(leaving.reason, "left");
        assert.equal(dropping.reason, "disconnected");
        assert.equal(await server.activeClients(session_id), 1);
      });

      test("what cannot be done is said by event and acknowledgement", async () => {
        const client = await connect();
        const session_id = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
        const answer = await client.ask("join_session", { session_id, ref: "r" });
        assert.equal(answer.error.code, "SESSION_NOT_FOUND");
        await eventually("the event", () => client.received.length === 1);
        const [name, error] = client.received[0];
        assert.equal(name, "error");
        assert.deepEqual(error, { ...answer.error, ref: "r" });
        for (const payload of [undefined, null, 1, "x", [1], { session_id: 1 }, Buffer.from("x")]) {
          const answer = await client.ask("join_session", payload);
          assert.equal(answer.error.code, "INVALID_REQUEST", JSON.stringify(payload));
        }
        assert.equal((await client.ask("nonsense", {})).error.code, "INVALID_REQUEST");
        assert.deepEqual(await client.ask("ping", {}), {});
      });

      test("a client that lost its connection gets what it missed", async () => {
        const session_id = await server.createSession();
        const client = await connect();
        await client.ask("join_session", { session_id });
        const before = client.socket.id;
        client.socket.io.engine.close();
        const returned = client.once("connect");
        await eventually("it is disconnected", async () => (await server.activeClients(session_id)) === 0);
        await server.call("PATCH", `/sessions/${session_id}`, { name: "missed" });
        await returned;
        assert.notEqual(client.socket.id, before);
        const { seq } = await client.ask("join_session", { session_id, since: 1 });
        await server.call("PATCH", `/sessions/${session_id}`, { name: "live" });
        await client.hasSeq(seq + 1);
        assert.deepEqual(client.seqs, range(2, seq + 1));
        assert.deepEqual(
          client.events.map(([name]) => name),
          ["session-disconnected", "session-updated", "session-connected", "session-updated"],
        );
      });

      test("the server dies and comes back", async () => {
        const session_id = await server.createSession();
        const client = await connect();
        await client.ask("join_session", { session_id });
        const lost = client.once("disconnect");
        const returned = client.once("connect");
        await server.kill();
        assert.notEqual(await lost, "io server disconnect");
        await server.startAgain();
        await returned;
        const joined = await client.ask("join_session", { session_id, since: 1 });
        assert.equal(joined.active_clients, 1);
        await client.hasSeq(joined.seq);
        assert.deepEqual(client.seqs, range(2, joined.seq));
        assert.equal(client.events[0][1].reason, "server_restart");
      });
    });
  }
}

test("the upgrade is neither a leave nor a join", async () => {
  const server = await Rollcall.start();
  const session_id = await server.createSession();
  const client = new Client(`${server.url}/graph`, {});
  await client.once("connect");
  const joined = client.ask("join_session", { session_id });
  const { engine } = client.socket.io;
  await eventually("it has upgraded", () => engine.transport.name === "websocket");
  await joined;
  await server.call("PATCH", `/sessions/${session_id}`, { name: "upgraded" });
  await client.hasSeq(2);
  assert.equal(await server.activeClients(session_id), 1);
  assert.deepEqual(client.seqs, [2]);
  client.socket.disconnect();
  await server.stop();
});

test("two namespaces over one connection are two clients", async () => {
  const server = await Rollcall.start();
  const session_id = await server.createSession();
  const graph = await Client.connect(`${server.url}/graph`, { forceNew: false });
  const root = await Client.connect(`${server.url}/`, { forceNew: false });
  assert.equal(graph.socket.io, root.socket.io);
  const first = await graph.ask("join_session", { session_id });
  const second = await root.ask("join_session", { session_id });
  assert.equal(second.active_clients, 2);
  assert.notEqual(first.client_id, second.client_id);
  root.socket.disconnect();
  await graph.hasSeq(3);
  assert.equal(graph.events.at(-1)[1].client_id, second.client_id);
  graph.socket.disconnect();
  await server.stop();
});

test("a server that stops lets its clients come back", async () => {
  const server = await Rollcall.start();
  const session_id = await server.createSession();
  const client = await Client.connect(`${server.url}/graph`, {});
  await client.ask("join_session", { session_id });
  const lost = client.once("disconnect");
  const returned = client.once("connect");
  server.child.kill("SIGTERM");
  assert.notEqual(await lost, "io server disconnect");
  await new Promise((resolve) => server.child.once("exit", resolve));
  await server.startAgain();
  await returned;
  const joined = await client.ask("join_session", { session_id, since: 1 });
  await client.hasSeq(joined.seq);
  assert.equal(client.events[0][1].reason, "server_shutdown");
  client.socket.disconnect();
  await server.stop();
});

test("the example in the documentation works", async () => {
  const server = await Rollcall.start();
  const text = readFileSync(new URL("../../docs/socketio.md", import.meta.url), "utf8");
  const example = /```js\n(.*?)```/s.exec(text)[1].replace("http://localhost:5000", server.url);
  // Beside the library, so that it is found.
  const file = new URL(".example.mjs", import.meta.url);
  writeFileSync(file, example);
  const child = spawn(process.execPath, [file.pathname], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  const says = (what) => soon(eventually(what, () => lines.some((line) => line.startsWith(what))), what);
  await says("joined, active clients: 1");
  const [{ session_id }] = (await server.call("GET", "/sessions")).body.sessions;
  await server.call("PATCH", `/sessions/${session_id}`, { name: "changed" });
  await says("2 session-updated");
  child.kill();
  rmSync(file);
  await server.stop();
});
