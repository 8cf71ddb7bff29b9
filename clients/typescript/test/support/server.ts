// A rollcall of its own for each test: the built program, a fresh file, a port that it keeps.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { TreeNode } from "rollcall-client";

const PROGRAM = process.env["ROLLCALL_BIN"] ?? resolve("../../target/debug/rollcall");

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

export class Server {
  #child!: ChildProcess;
  #folder = mkdtempSync(join(tmpdir(), "rollcall-client-"));

  private constructor(
    readonly port: number,
    readonly settings: string[],
  ) {}

  static async start(...settings: string[]): Promise<Server> {
    const server = new Server(await freePort(), settings);
    await server.startAgain();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** On the same port and file. */
  async startAgain(): Promise<void> {
    const database = join(this.#folder, "test.db");
    const settings = ["--listen", `127.0.0.1:${this.port}`, "--database", database, ...this.settings];
    this.#child = spawn(PROGRAM, settings, { stdio: ["ignore", "pipe", "inherit"] });
    await once(createInterface({ input: this.#child.stdout! }), "line");
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill(signal);
    await once(this.#child, "exit");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill("SIGTERM");
    rmSync(this.#folder, { recursive: true });
  }

  async call(method: string, path: string, body?: unknown): Promise<any> {
    // If the test has set one, the server takes this token as well.
    const token = process.env["ROLLCALL_ADMIN_TOKEN"];
    const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const text = await (await fetch(`${this.url}/api/v1${path}`, init)).text();
    return text ? JSON.parse(text) : null;
  }

  async createSession(): Promise<string> {
    return (await this.call("POST", "/sessions", {})).session_id;
  }

  /** The tree as the server has it. */
  async tree(session: string): Promise<Plain[]> {
    return (await this.call("GET", `/sessions/${session}/graph/tree`)).roots;
  }
}

/** A node without the fields that only the client has. */
export interface Plain {
  id: string;
  blueprint_type_id: string;
  name: string;
  properties: object;
  children: Plain[];
}

/** The tree of a client, in the shape of the server's. */
export function plain(nodes: readonly TreeNode[]): Plain[] {
  return nodes.map(({ id, blueprint_type_id, name, properties, children }) => ({
    id,
    blueprint_type_id,
    name,
    properties,
    children: plain(children),
  }));
}
