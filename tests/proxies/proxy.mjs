// nginx and Caddy as contrib/ configures them, with their port, their certificate and the port of the
// service replaced.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { eventually } from "../clients/client.mjs";
import { Rollcall, freePort } from "../clients/server.mjs";

export const HOST = "rollcall.example.org";

const contrib = (file) => readFileSync(new URL(`../../contrib/${file}`, import.meta.url), "utf8");

/** The text with every pattern replaced, each of which must occur in it. */
function replaced(text, ...replacements) {
  for (const [pattern, replacement] of replacements) {
    if (text.search(pattern) < 0) throw new Error(`the configuration has no ${pattern}`);
    text = text.replace(pattern, replacement);
  }
  return text;
}

export class Proxy {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "rollcall-proxy-"));
    this.certificate = join(this.folder, "certificate.pem");
    this.key = join(this.folder, "key.pem");
    const subject = ["-subj", `/CN=${HOST}`, "-addext", `subjectAltName=DNS:${HOST}`];
    const files = ["-keyout", this.key, "-out", this.certificate];
    const kind = ["-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
    execFileSync("openssl", ["req", ...kind, ...subject, ...files], { stdio: "ignore" });
  }

  /** nginx; `edit` changes the text of contrib/nginx/rollcall.conf, `prefix` is where the service then is. */
  static async nginx(server, edit = (text) => text, prefix = "") {
    const proxy = new Proxy();
    proxy.prefix = prefix;
    proxy.port = await freePort();
    const site = replaced(
      edit(contrib("nginx/rollcall.conf")),
      [/listen 443/, `listen 127.0.0.1:${proxy.port}`],
      [/127\.0\.0\.1:5000/, `127.0.0.1:${server.port}`],
      [/ssl_certificate .*;/, `ssl_certificate ${proxy.certificate};`],
      [/ssl_certificate_key .*;/, `ssl_certificate_key ${proxy.key};`],
    );
    const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    const temporary = paths.map((name) => `${name}_temp_path ${proxy.folder}/${name};`).join(" ");
    const main = `daemon off; pid ${proxy.folder}/pid; error_log stderr warn; events {}
      http { access_log off; ${temporary} ${site} }`;
    const file = join(proxy.folder, "nginx.conf");
    writeFileSync(file, main);
    return proxy.run("nginx", ["-e", "stderr", "-c", file]);
  }

  /** Caddy. It would get a certificate automatically; here it is given one. */
  static async caddy(server) {
    const proxy = new Proxy();
    proxy.port = await freePort();
    const site = replaced(
      contrib("caddy/Caddyfile"),
      [/^rollcall\.example\.org \{/m, `${HOST}:${proxy.port} {\n\ttls ${proxy.certificate} ${proxy.key}`],
      [/127\.0\.0\.1:5000/, `127.0.0.1:${server.port}`],
    );
    const file = join(proxy.folder, "Caddyfile");
    writeFileSync(file, `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${site}`);
    return proxy.run("caddy", ["run", "--adapter", "caddyfile", "--config", file]);
  }

  async run(program, args) {
    const environment = { ...process.env, HOME: this.folder, XDG_DATA_HOME: this.folder };
    this.log = "";
    this.child = spawn(program, args, { env: environment, stdio: ["ignore", "ignore", "pipe"] });
    this.child.stderr.on("data", (text) => (this.log += text));
    let failure;
    this.child.on("error", (error) => (failure = error));
    this.child.on("exit", (code) => (failure ??= new Error(`${program} ended with ${code}: ${this.log}`)));
    this.url = `https://${HOST}:${this.port}${this.prefix ?? ""}`;
    await eventually(`${program} serves`, () => {
      if (failure) throw failure;
      return this.curl("/api/v1/health").status === 200;
    });
    return this;
  }

  /** One request by curl, which speaks HTTP/2 where the proxy does. */
  curl(path, ...args) {
    const address = ["--resolve", `${HOST}:${this.port}:127.0.0.1`, "--cacert", this.certificate];
    try {
      const command = ["-s", "-i", ...address, ...args, `${this.url}${path}`];
      const [head, body] = execFileSync("curl", command, { encoding: "utf8" }).split("\r\n\r\n");
      const [line, ...headers] = head.split("\r\n");
      const [version, status] = line.split(" ");
      return {
        version,
        status: Number(status),
        headers: Object.fromEntries(headers.map((header) => header.toLowerCase().split(/: (.*)/))),
        body,
      };
    } catch (error) {
      return { status: null, error };
    }
  }

  async stop() {
    if (this.child.exitCode === null) {
      this.child.kill("SIGTERM");
      await new Promise((resolve) => this.child.once("exit", resolve));
    }
    rmSync(this.folder, { recursive: true });
  }
}

/** Connects to this machine whatever the host is, and trusts the certificate of the proxy. */
export function agentFor(proxy) {
  const lookup = (_host, options, done) =>
    options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);
  return new Agent({ ca: readFileSync(proxy.certificate), lookup });
}

/** Starts the service and the proxy, and stops them after the test. */
export async function started(context, start, ...settings) {
  const url = settings.includes("--public-url") ? [] : ["--public-url", `https://${HOST}`];
  const server = await Rollcall.start(...url, ...settings);
  context.after(() => server.stop());
  const proxy = await start(server);
  context.after(() => proxy.stop());
  return { server, proxy };
}
