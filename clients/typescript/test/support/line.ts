// A line to the server that can be cut: a TCP proxy.
import { once } from "node:events";
import { connect, createServer, type Server as NetServer, type Socket } from "node:net";

export class Line {
  #sockets = new Set<Socket>();
  #server: NetServer;
  /** While false, every new connection is closed at once. */
  up = true;
  /** While true, nothing is passed on in either direction, and nobody notices. */
  silent = false;
  /** Connections that came. */
  opened = 0;

  private constructor(port: number) {
    this.#server = createServer((near) => {
      this.opened++;
      if (!this.up) return near.destroy();
      const far = connect(port, "127.0.0.1");
      this.#pass(near, far);
      this.#pass(far, near);
    });
  }

  static async to(port: number): Promise<Line> {
    const line = new Line(port);
    line.#server.listen(0, "127.0.0.1");
    await once(line.#server, "listening");
    return line;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  #pass(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on("data", (bytes) => this.silent || to.write(bytes));
    from.on("error", () => {});
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }

  /** Breaks all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  down(): void {
    this.up = false;
    this.cut();
  }

  [Symbol.dispose](): void {
    this.cut();
    this.#server.close();
  }
}
