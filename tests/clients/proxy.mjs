// A proxy that spoils WebSockets: it lets the 101 through, then closes the connection or swallows
// everything. Other requests it passes on.
import { once } from "node:events";
import { Agent, createServer, request } from "node:http";

export class BrokenProxy {
  /** Answers to GET that had nothing in them but Engine.IO's NOOP. */
  noops = 0;
  /** Requests by GET that were passed on and wait for their answer. */
  waiting = new Set();
  /** WebSockets that were let through. */
  upgrades = 0;

  static async start(target, how) {
    const proxy = new BrokenProxy();
    proxy.target = new URL(target);
    proxy.how = how;
    proxy.sockets = new Set();
    proxy.agent = new Agent({ keepAlive: true });
    proxy.server = createServer((incoming, outgoing) => proxy.pass(incoming, outgoing));
    proxy.server.on("upgrade", (incoming, socket) => proxy.spoil(incoming, socket));
    proxy.server.on("connection", (socket) => proxy.sockets.add(socket));
    proxy.server.listen(0, "127.0.0.1");
    await once(proxy.server, "listening");
    proxy.url = `http://127.0.0.1:${proxy.server.address().port}`;
    return proxy;
  }

  forward({ method, url, headers }) {
    const { hostname, port } = this.target;
    return request({ hostname, port, path: url, method, headers, agent: headers.upgrade ? false : this.agent });
  }

  pass(incoming, outgoing) {
    const upstream = this.forward(incoming);
    if (incoming.method === "GET") {
      upstream.on("finish", () => this.waiting.add(upstream));
      upstream.on("close", () => this.waiting.delete(upstream));
    }
    upstream.on("response", (answer) => {
      this.waiting.delete(upstream);
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => {
        const body = Buffer.concat(parts);
        if (incoming.method === "GET" && body.toString() === "6") this.noops += 1;
        outgoing.writeHead(answer.statusCode, answer.headers);
        outgoing.end(body);
      });
    });
    upstream.on("error", () => outgoing.destroy());
    outgoing.on("close", () => outgoing.writableFinished || upstream.destroy());
    incoming.pipe(upstream);
  }

  spoil(incoming, socket) {
    const upstream = this.forward(incoming);
    upstream.on("upgrade", (answer, far) => {
      this.upgrades += 1;
      const headers = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headers.join("")}\r\n`);
      for (const end of [socket, far]) {
        this.sockets.add(end);
        end.on("error", () => {});
        if (this.how === "closes") end.end();
        // Swallowed.
        else end.resume();
      }
    });
    upstream.on("error", () => socket.destroy());
    upstream.end();
  }

  close() {
    for (const socket of this.sockets) socket.destroy();
    this.agent.destroy();
    this.server.close();
  }
}
