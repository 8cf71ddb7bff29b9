// Serves ui/ from the disk in front of a running server, so that an edit needs no build:
//   node tests/ui/preview.mjs http://127.0.0.1:5000    then open http://127.0.0.1:5001
import { readFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { connect } from "node:net";

const server = new URL(process.argv[2] ?? "http://127.0.0.1:5000");
const port = Number(process.argv[3] ?? 5001);
const folder = new URL("../../ui/", import.meta.url);
const TYPES = { html: "text/html", js: "text/javascript", css: "text/css", svg: "image/svg+xml" };

/** As if the page came from the server itself. */
function headersOf(asked) {
  return { ...asked.headers, host: server.host, ...(asked.headers.origin && { origin: server.origin }) };
}

createServer(async (asked, answer) => {
  const { pathname } = new URL(asked.url, server);
  const file = { "/": "index.html", "/docs": "docs.html" }[pathname] ?? pathname.match(/^\/ui\/dev\/([\w/.-]+)$/)?.[1];
  if (file) {
    const content = await readFile(new URL(file, folder)).catch(() => null);
    answer.writeHead(content ? 200 : 404, { "content-type": TYPES[file.split(".").pop()] ?? "text/plain", "cache-control": "no-store" });
    answer.end(content);
    return;
  }
  const passed = request({ host: server.hostname, port: server.port, path: asked.url, method: asked.method, headers: headersOf(asked) }, (got) => {
    answer.writeHead(got.statusCode, got.headers);
    got.pipe(answer);
  });
  passed.on("error", () => answer.destroy());
  asked.pipe(passed);
})
  .on("upgrade", (asked, socket, head) => {
    const lines = Object.entries(headersOf(asked)).map(([name, value]) => `${name}: ${value}\r\n`);
    const passed = connect(server.port, server.hostname, () => {
      passed.write(`GET ${asked.url} HTTP/1.1\r\n${lines.join("")}\r\n`);
      passed.write(head);
      passed.pipe(socket).pipe(passed);
    });
    passed.on("error", () => socket.destroy());
    socket.on("error", () => passed.destroy());
  })
  .listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${port} shows ui/ in front of ${server.href}`));
