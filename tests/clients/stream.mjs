// What the tests of server-sent events share: the reader is the npm package or a browser.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { eventually, range } from "./client.mjs";

const DOCUMENT = readFileSync(new URL("../../docs/sse.md", import.meta.url), "utf8");

/**
 * A script that makes a class `Recorded` of `EventSource`, which keeps what comes in `received`, and of the example
 * in the documentation a function `follow` that uses it.
 */
export const SCRIPT = `
  const received = [];
  const opened = [];
  class Recorded extends EventSource {
    constructor(url) {
      super(url);
      opened.push(this);
      this.addEventListener("message", ({ data, lastEventId: id }) => received.push({ id, ...JSON.parse(data) }));
    }
  }
  const follow = (EventSource => { ${/```js\n(.*?)```/s.exec(DOCUMENT)[1]}; return follow; })(Recorded);
`;

export const streamOf = (session_id) => `/api/v1/sessions/${session_id}/events`;

export const rename = (server, session_id, name) => server.call("PATCH", `/sessions/${session_id}`, { name });

/** The number of the session's last event. */
export async function lastSeq(server, session_id) {
  return (await server.call("GET", `/sessions/${session_id}/events?limit=1`)).body.seq;
}

/**
 * Kills the server before a reader has got anything, then three times amid changes. `received` returns what the
 * reader has got so far. Fails if an event is missing or comes twice.
 */
export async function assertGapless(server, session_id, received) {
  const first = (await lastSeq(server, session_id)) + 1;
  for (const round of range(0, 3)) {
    for (const n of range(1, 10 * round)) await rename(server, session_id, `${round}.${n}`);
    // Nobody knows whether this one is committed.
    const unknown = rename(server, session_id, `unknown ${round}`).catch(() => {});
    await Promise.all([unknown, server.kill()]);
    await server.startAgain();
    await rename(server, session_id, `again ${round}`);
    const last = await lastSeq(server, session_id);
    await eventually(`event ${last}`, async () => (await received()).at(-1)?.seq === last);
  }
  const events = await received();
  const last = await lastSeq(server, session_id);
  assert.deepEqual(events.map(({ seq }) => seq), range(first, last));
  assert.deepEqual(events.map(({ id }) => id), range(first, last).map(String));
}

/** Stops the server in good order. The reader is notified, and comes back. */
export async function assertComesBack(server, session_id, received) {
  await rename(server, session_id, "before");
  await eventually("the first event", async () => (await received()).length > 0);
  await server.drain();
  assert.equal((await received()).at(-1).type, "reconnect");
  await server.startAgain();
  await rename(server, session_id, "after");
  await eventually("it is back", async () => (await received()).at(-1).changes?.name === "after");
}
