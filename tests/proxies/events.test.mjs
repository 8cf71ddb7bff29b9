// Server-sent events through the proxies of contrib/, by a real browser and by the npm package `eventsource`.
import { Readable } from "node:stream";
import { request } from "node:https";
import { after, test } from "node:test";
import { createRequire } from "node:module";

import { SCRIPT, assertComesBack, assertGapless, streamOf } from "../clients/stream.mjs";
import { closeBrowser, openBrowser } from "../ui/browser.mjs";
import { Proxy, agentFor, started } from "./proxy.mjs";

after(closeBrowser);

const { EventSource } = createRequire(new URL("../clients/client.mjs", import.meta.url))("eventsource");

/** `fetch` through a proxy whose certificate this machine does not know. */
function fetchThrough(proxy) {
  return (url, { headers, signal }) => new Promise((resolve, reject) => {
    const asked = request(url, { headers, signal, agent: agentFor(proxy) }, (answer) => {
      const { statusCode: status, headers } = answer;
      resolve({ url, status, redirected: false, headers: new Headers(headers), body: Readable.toWeb(answer) });
    });
    asked.on("error", reject).end();
  });
}

/** A page of the server behind the proxy, on which SCRIPT has run. */
async function openPage(context, proxy) {
  const browser = await openBrowser();
  const page = await browser.newPage({ ignoreHTTPSErrors: true });
  context.after(() => page.close());
  await page.goto(proxy.url);
  await page.evaluate(`${SCRIPT} Object.assign(globalThis, { Recorded, follow, opened, received })`);
  return page;
}

for (const [name, start] of [
  ["nginx", Proxy.nginx],
  ["Caddy", Proxy.caddy],
]) {
  test(`the example in the documentation misses nothing in a browser behind ${name}`, async (context) => {
    const { server, proxy } = await started(context, start);
    const session_id = await server.createSession();
    const page = await openPage(context, proxy);
    await page.evaluate((url) => follow(url, 0, () => {}), streamOf(session_id));
    const received = () => page.evaluate("received");
    await assertGapless(server, session_id, received);
    await assertComesBack(server, session_id, received);
  });

  test(`the example in the documentation misses nothing in Node.js behind ${name}`, async (context) => {
    const { server, proxy } = await started(context, start);
    const session_id = await server.createSession();
    class Through extends EventSource {
      constructor(url) {
        super(url, { fetch: fetchThrough(proxy) });
      }
    }
    const make = new Function("EventSource", `${SCRIPT} return { follow, opened, received }`);
    const { follow, opened, received } = make(Through);
    context.after(() => opened.forEach((source) => source.close()));
    follow(proxy.url + streamOf(session_id), 0, () => {});
    await assertGapless(server, session_id, () => received);
    await assertComesBack(server, session_id, () => received);
  });
}
