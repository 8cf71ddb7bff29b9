// The service behind the proxies of contrib/, with TLS, by real clients.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createRequire } from "node:module";
import { test } from "node:test";

import { Client, eventually, range, soon } from "../clients/client.mjs";
import { HOST, Proxy, agentFor, started } from "./proxy.mjs";

const WebSocket = createRequire(new URL("../clients/client.mjs", import.meta.url))("ws");

function connect(proxy, options) {
  return Client.connect(`${proxy.url}/graph`, { agent: agentFor(proxy), ...options });
}

for (const [name, start] of [
  ["nginx", Proxy.nginx],
  ["Caddy", Proxy.caddy],
]) {
  test(`REST goes through ${name}, by HTTP/2`, async (context) => {
    const { proxy } = await started(context, start);
    const created = proxy.curl("/api/v1/sessions", "-X", "POST", "-H", `Origin: https://${HOST}:${proxy.port}`);
    assert.equal(created.version, "HTTP/2");
    assert.equal(created.status, 201);
    assert.match(created.headers.location, /^https:\/\/rollcall\.example\.org\/api\/v1\/sessions\//);
    assert.equal(proxy.curl("/metrics").status, 404);
  });

  test(`a plain WebSocket goes through ${name}`, async (context) => {
    const { server, proxy } = await started(context, start);
    const session_id = await server.createSession();
    const socket = new WebSocket(`${proxy.url.replace("https", "wss")}/api/v1/ws`, {
      agent: agentFor(proxy),
      origin: proxy.url,
    });
    context.after(() => socket.terminate());
    await soon(once(socket, "open"), "open");
    socket.send(JSON.stringify({ type: "join_session", session_id }));
    const [frame] = await soon(once(socket, "message"), "joined");
    assert.equal(JSON.parse(frame).type, "joined");
  });

  for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
    test(`Socket.IO by ${transports.join(" and ")} goes through ${name}`, async (context) => {
      const { server, proxy } = await started(context, start, "--ping-interval", "1s");
      const session_id = await server.createSession();
      const client = await connect(proxy, { transports });
      context.after(() => client.socket.disconnect());
      await client.ask("join_session", { session_id });
      const { engine } = client.socket.io;
      await eventually("the last transport", () => engine.transport.name === transports.at(-1));
      for (const n of range(2, 20)) await server.call("PATCH", `/sessions/${session_id}`, { name: `n${n}` });
      await client.hasSeq(20);
      assert.deepEqual(client.seqs, range(2, 20));
    });
  }
}

test("a path of a host is passed on by nginx", async (context) => {
  const prefix = (text) => text
    .replace("location / {", "location /rollcall/ {")
    .replace("proxy_pass http://rollcall;", "proxy_pass http://rollcall/;");
  const behind = (server) => Proxy.nginx(server, prefix, "/rollcall");
  const { proxy } = await started(context, behind, "--public-url", `https://${HOST}/rollcall`);
  const { location } = proxy.curl("/api/v1/sessions", "-X", "POST").headers;
  const path = location.replace(`https://${HOST}/rollcall`, "");
  const { status, body } = proxy.curl(path);
  assert.equal(status, 200, location);

  const session_id = JSON.parse(body).session_id;
  const client = await Client.connect(`https://${HOST}:${proxy.port}/graph`, {
    agent: agentFor(proxy),
    path: "/rollcall/socket.io",
  });
  context.after(() => client.socket.disconnect());
  assert.equal((await client.ask("join_session", { session_id })).active_clients, 1);
});

test("a proxy that does not pass Upgrade on leaves REST and polling, and refuses WebSockets at once", async (context) => {
  const isAboutUpgrades = /proxy_http_version|header (Upgrade|Connection) /;
  const withoutUpgrades = (text) => text.split("\n").filter((line) => !isAboutUpgrades.test(line)).join("\n");
  const { server, proxy } = await started(context, (server) => Proxy.nginx(server, withoutUpgrades));
  assert.equal(proxy.curl("/api/v1/sessions").status, 200);

  const session_id = await server.createSession();
  const polling = await connect(proxy, {});
  context.after(() => polling.socket.disconnect());
  assert.equal((await polling.ask("join_session", { session_id })).active_clients, 1);
  assert.equal(polling.socket.io.engine.transport.name, "polling");

  // The client's own timeout is off, so only an answer lets it fail.
  const options = { agent: agentFor(proxy), transports: ["websocket"], reconnection: false, timeout: false };
  const websocket = new Client(`${proxy.url}/graph`, options);
  const failure = await websocket.once("connect_error");
  assert.match(failure.description.message, /400/);
  const refused = proxy.curl("/socket.io/?EIO=4&transport=websocket", "--http1.1");
  assert.match(JSON.parse(refused.body).message, /a proxy must pass them on/);
  const plain = proxy.curl("/api/v1/ws", "--http1.1");
  assert.equal(JSON.parse(plain.body).error.code, "INVALID_REQUEST");
});
