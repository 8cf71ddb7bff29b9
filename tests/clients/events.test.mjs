// Server-sent events by the npm package `eventsource`, which does what browsers do.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EventSource } from "eventsource";

import { eventually, soon } from "./client.mjs";
import { Rollcall } from "./server.mjs";
import { SCRIPT, assertComesBack, assertGapless, rename, streamOf } from "./stream.mjs";

/** A server with a session, the address of its stream, and what SCRIPT makes. */
async function started(context) {
  const server = await Rollcall.start("--cleanup-interval", "off");
  context.after(() => server.stop());
  const session_id = await server.createSession();
  const script = new Function("EventSource", `${SCRIPT} return { Recorded, follow, opened, received }`)(EventSource);
  context.after(() => script.opened.forEach((source) => source.close()));
  return { server, session_id, url: server.url + streamOf(session_id), ...script };
}

test("every event comes once and in order while the server is killed", async (context) => {
  const { server, session_id, url, Recorded, received } = await started(context);
  // The package forgets an id that comes without data, so it is given the number to begin after.
  const source = new Recorded(`${url}?since=0`);
  await soon(new Promise((resolve) => (source.onopen = resolve)), "open");
  await assertGapless(server, session_id, () => received);
});

test("the example in the documentation comes back after a stop, and ends with the session", async (context) => {
  const { server, session_id, url, follow, opened, received } = await started(context);
  const frames = [];
  follow(url, 0, (frame) => frames.push(frame));
  await assertComesBack(server, session_id, () => received);
  await server.call("DELETE", `/sessions/${session_id}`);
  await eventually("the end", () => frames.at(-1).type === "session-removed");
  assert.equal(frames.length, received.length);
  assert.ok(opened.every((source) => source.readyState === EventSource.CLOSED));
});

test("events have names for who wants them, and a removed session ends the stream for good", async (context) => {
  const { server, session_id, url, Recorded, received } = await started(context);
  const source = new Recorded(`${url}?named=true&since=0`);
  const names = [];
  for (const name of ["session-updated", "session-removed"]) source.addEventListener(name, () => names.push(name));
  await rename(server, session_id, "a");
  await server.call("DELETE", `/sessions/${session_id}`);
  await eventually("it is closed", () => source.readyState === EventSource.CLOSED);
  assert.deepEqual(names, ["session-updated", "session-removed"]);
  assert.deepEqual(received, []);
});
