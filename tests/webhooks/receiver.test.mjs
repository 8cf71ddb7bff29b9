// The verification of npm's `standardwebhooks` against the built service.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";

import { Webhook } from "standardwebhooks";

import { Rollcall } from "../clients/server.mjs";

/** A server that keeps what it is sent. */
async function receiver() {
  const seen = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    seen.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    server.emit("received");
    response.writeHead(204).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const receive = async (count) => {
    while (seen.length < count) await once(server, "received");
    return seen;
  };
  return { url: `http://127.0.0.1:${server.address().port}/hook`, receive, server };
}

test("the official receiver verifies messages, also after a rotation", { timeout: 60_000 }, async (t) => {
  const rollcall = await Rollcall.start("--webhook-allow-private=true");
  const { url, receive, server } = await receiver();
  t.after(async () => {
    await rollcall.stop();
    server.closeAllConnections();
    server.close();
  });
  const created = await rollcall.call("POST", "/webhooks", { url });
  assert.equal(created.status, 201);
  const first = new Webhook(created.body.secret);
  const id = await rollcall.createSession();
  const [message] = await receive(1);
  const payload = first.verify(message.body, message.headers);
  assert.equal(payload.type, "session.created");
  assert.equal(payload.data.session_id, id);
  assert.throws(() => first.verify(message.body.replace(id, "x"), message.headers));

  const path = `/webhooks/${created.body.endpoint_id}`;
  const rotated = await rollcall.call("POST", `${path}/rotate`);
  await rollcall.call("POST", `${path}/test`);
  const tested = (await receive(2))[1];
  for (const secret of [created.body.secret, rotated.body.secret]) {
    assert.equal(new Webhook(secret).verify(tested.body, tested.headers).type, "webhook.test");
  }
});
