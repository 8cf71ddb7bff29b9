// A rollcall of its own for each test: the built binary, a fresh file, a port that it keeps.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const BINARY = resolve(process.env.ROLLCALL ?? new URL("../../target/debug/rollcall", import.meta.url).pathname);

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

export class Rollcall {
  static async start(...settings) {
    const server = new Rollcall();
    server.folder = mkdtempSync(join(tmpdir(), "rollcall-"));
    server.port = await freePort();
    server.url = `http://127.0.0.1:${server.port}`;
    server.settings = settings;
    await server.startAgain();
    return server;
  }

  /** On the same port and file. */
  async startAgain() {
    const address = `127.0.0.1:${this.port}`;
    this.child = spawn(BINARY, ["--listen", address, "--database", "clients.db", ...this.settings], {
      cwd: this.folder,
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(createInterface({ input: this.child.stdout }), "line");
  }

  /** Without a goodbye. */
  async kill() {
    this.child.kill("SIGKILL");
    await once(this.child, "exit");
  }

  /** In good order; its file stays. */
  async drain() {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill("SIGTERM");
      await once(this.child, "exit");
    }
  }

  async stop() {
    await this.drain();
    rmSync(this.folder, { recursive: true });
  }

  async call(method, path, body) {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { "content-type": "application/json" },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : null };
  }

  async createSession() {
    return (await this.call("POST", "/sessions", {})).body.session_id;
  }

  async activeClients(sessionId) {
    return (await this.call("GET", `/sessions/${sessionId}`)).body.active_clients;
  }
}
