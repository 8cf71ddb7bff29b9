// A server that takes webhooks.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";

export class Receiver {
  /** What it answers from now on. */
  status = 204;
  /** What it was sent: the types of the messages. */
  types = [];

  static async start() {
    const receiver = new Receiver();
    receiver.server = createServer(async (request, response) => {
      const chunks = await request.toArray();
      receiver.types.push(JSON.parse(Buffer.concat(chunks)).type);
      response.writeHead(receiver.status).end();
      receiver.server.emit("message");
    }).listen(0, "127.0.0.1");
    await once(receiver.server, "listening");
    receiver.url = `http://127.0.0.1:${receiver.server.address().port}/hooks`;
    return receiver;
  }

  /** Waits until it was sent exactly these, so far. */
  async sent(...types) {
    while (this.types.length < types.length) await once(this.server, "message", { signal: AbortSignal.timeout(15_000) });
    assert.deepEqual(this.types, types);
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
