// Server-sent events by the browser's own EventSource.
import { after, test } from "node:test";
import { SCRIPT, assertComesBack, assertGapless, streamOf } from "../clients/stream.mjs";
import { closeBrowser, withPage } from "./browser.mjs";

after(closeBrowser);

const LOST = { expected: /ERR_(CONNECTION|INCOMPLETE_CHUNKED|EMPTY_RESPONSE)/ };

/** Runs SCRIPT on the server's own page; returns what is read of it. */
async function prepare({ server, page }) {
  const session_id = await server.createSession();
  await page.goto(`${server.url}/#/sessions`);
  await page.evaluate(`${SCRIPT} Object.assign(globalThis, { Recorded, follow, received })`);
  return { server, page, session_id, received: () => page.evaluate("received") };
}

test("every event comes once and in order while the server is killed", withPage(async (all) => {
  const { server, page, session_id, received } = await prepare(all);
  await page.evaluate((url) => new Promise((resolve) => (new Recorded(url).onopen = resolve)), streamOf(session_id));
  await assertGapless(server, session_id, received);
}, LOST));

test("the example in the documentation comes back after a stop", withPage(async (all) => {
  const { server, page, session_id, received } = await prepare(all);
  await page.evaluate((url) => follow(url, 0, () => {}), streamOf(session_id));
  await assertComesBack(server, session_id, received);
}, LOST));
