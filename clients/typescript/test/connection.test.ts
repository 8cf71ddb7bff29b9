// When the client comes back, when it gives up, and how it holds its token: against a server made of answers.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { type ClientOptions, createClient, type Session } from "rollcall-client";
import { FakeSocket } from "./support/fake.js";

const ID = "00000000-0000-7000-8000-00000000000a";

beforeEach(() => {
  FakeSocket.opened = [];
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  mock.method(globalThis, "fetch", () => Promise.reject(new Error("no network")));
  mock.method(Math, "random", () => 0.5);
});
afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

/** Lets promises go on that wait for nothing but each other. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

async function wait(milliseconds: number): Promise<void> {
  mock.timers.tick(milliseconds);
  await settle();
}

async function open(options: ClientOptions = {}): Promise<Session> {
  const session = createClient({ url: "http://host:1/", WebSocket: FakeSocket, ...options }).session(ID);
  await settle();
  assert.equal(FakeSocket.last.url, "ws://host:1/api/v1/ws");
  return session;
}

async function joined(options?: ClientOptions): Promise<Session> {
  const session = await open(options);
  FakeSocket.last.accept().welcome();
  assert.equal(session.status, "connected");
  return session;
}

test("a lost connection comes back after a random time that doubles up to 10 seconds", async () => {
  const session = await joined();
  const delays = [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000];
  for (const [failures, delay] of delays.entries()) {
    FakeSocket.last.end(1006);
    assert.equal(session.status, "reconnecting");
    await wait(delay - 1);
    assert.equal(FakeSocket.opened.length, failures + 1);
    await wait(1);
    assert.equal(FakeSocket.opened.length, failures + 2);
  }
  FakeSocket.last.accept();
  const join = FakeSocket.last.sent.find(({ type }) => type === "join_session");
  assert.deepEqual([join.since, join.epoch, join.with], [1, "e", undefined]);
  FakeSocket.last.welcome();
  await wait(10_001);
  FakeSocket.last.end(1006);
  await wait(50);
  assert.equal(FakeSocket.opened.length, delays.length + 2, "after 10 good seconds it begins anew");
});

test("the server says when to come back", async () => {
  await joined();
  FakeSocket.last.say({ type: "reconnect", after_ms: 3000, reason: "server_shutdown" });
  FakeSocket.last.end(1001);
  await wait(2999);
  assert.equal(FakeSocket.opened.length, 1);
  await wait(1);
  assert.equal(FakeSocket.opened.length, 2);
});

test("a silent connection is pinged after 20 seconds and given up after another 10", async () => {
  const session = await joined();
  await wait(20_000);
  assert.equal(FakeSocket.last.sent.at(-1).type, "ping");
  FakeSocket.last.say({ type: "pong" });
  await wait(20_000);
  await wait(9_999);
  assert.equal(session.status, "connected");
  await wait(1);
  assert.equal(session.status, "reconnecting");
});

test("a loss is reported after 5 seconds, and its end", async () => {
  const session = await joined();
  const reported: string[] = [];
  session.on("lost-connection", (state) => reported.push(state));
  FakeSocket.last.end(1006);
  await wait(50);
  FakeSocket.last.accept().welcome();
  await wait(6_000);
  assert.deepEqual(reported, [], "a short loss is none");
  FakeSocket.last.end(1006);
  await wait(5_000);
  FakeSocket.last.accept().welcome();
  assert.deepEqual(reported, ["lost", "restored"]);
});

test("a command in flight is sent again under its key", async () => {
  const session = await joined();
  const done = session.createNode({ blueprint_type_id: "item" });
  const first = FakeSocket.last.sent.at(-1);
  FakeSocket.last.end(1006);
  await wait(50);
  FakeSocket.last.accept().welcome();
  const second = FakeSocket.last.sent.at(-1);
  assert.ok(first.idempotency_key);
  assert.deepEqual({ ...second, ref: 0 }, { ...first, ref: 0 });
  FakeSocket.last.answer("execute", { type: "executed", seq: 1, revision: 1, command_id: "c", result: {} });
  await done;
});

test("a command that the server cannot take now is sent again after a new connection", async () => {
  const session = await joined();
  const done = session.createNode({ blueprint_type_id: "item" });
  FakeSocket.last.answer("execute", { type: "error", code: "UNAVAILABLE", message: "" });
  assert.equal(session.status, "reconnecting");
  await wait(50);
  FakeSocket.last.accept().welcome();
  FakeSocket.last.answer("execute", { type: "executed", seq: 1, revision: 1, command_id: "c", result: {} });
  await done;
});

test("an undo that REST cannot take now is sent again after a new connection", async () => {
  const session = await joined();
  const done = session.createNode({ blueprint_type_id: "item" });
  const executed = { seq: 2, revision: 1, command_id: "c" };
  FakeSocket.last.answer("execute", { type: "executed", ...executed, result: {} });
  const event = { type: "command-executed", session_id: ID, timestamp: "t", client_id: "client 1" };
  FakeSocket.last.say({ ...event, ...executed });
  await done;
  FakeSocket.last.end(1006);
  await wait(50);
  FakeSocket.last.accept().welcome();
  const undone = session.undo("client");
  await settle();
  assert.equal(session.status, "reconnecting");
  const answer = { seq: 1, revision: 2, command_id: "c" };
  mock.method(globalThis, "fetch", async () => ({ json: async () => answer }));
  await wait(100);
  FakeSocket.last.accept().welcome();
  assert.equal((await undone).revision, 2);
});

test("a token goes into the first frame, and a new one follows on the same connection", async () => {
  let token = "one";
  await joined({ getToken: async () => token });
  assert.deepEqual(FakeSocket.last.sent[0], { type: "auth", token: "one", ref: 1 });
  assert.equal(FakeSocket.last.sent[1].type, "join_session");
  token = "two";
  FakeSocket.last.say({ type: "token-expiring" });
  await settle();
  assert.equal(FakeSocket.last.sent.at(-1).token, "two");
  assert.equal(FakeSocket.opened.length, 1);
});

const refusals = {
  "the answer to the join": () =>
    FakeSocket.last.answer("join_session", { type: "error", code: "UNAUTHORIZED", message: "" }),
  "the answer to the token": () => FakeSocket.last.answer("auth", { type: "error", code: "UNAUTHORIZED", message: "" }),
  "the close code": () => FakeSocket.last.end(4401),
};
for (const [place, refuse] of Object.entries(refusals)) {
  test(`a token that is refused by ${place} is replaced, and without another one the client gives up`, async () => {
    const tokens = ["old", "new", "new"];
    const session = await open({ getToken: () => tokens.shift()! });
    FakeSocket.last.accept();
    refuse();
    await wait(50);
    assert.equal(FakeSocket.last.accept().sent[0].token, "new");
    refuse();
    await wait(100);
    assert.equal(FakeSocket.opened.length, 2);
    assert.deepEqual([session.status, session.error?.code], ["disconnected", "UNAUTHORIZED"]);
  });
}

test("a client that is kicked stays out", async () => {
  const session = await joined();
  const done = session.createNode({ blueprint_type_id: "item" });
  FakeSocket.last.end(4403);
  assert.deepEqual([session.status, session.error?.code], ["disconnected", "FORBIDDEN"]);
  await assert.rejects(done, { code: "FORBIDDEN" });
  await wait(20_000);
  assert.equal(FakeSocket.opened.length, 1);
});

test("a forbidden session is given up, and the others go on", async () => {
  const client = createClient({ url: "http://host:1", WebSocket: FakeSocket });
  const [one, two] = [client.session(ID), client.session(ID.replace("a", "b"))];
  await settle();
  FakeSocket.last.accept().welcome();
  const [first] = FakeSocket.last.sent;
  FakeSocket.last.say({ type: "error", code: "FORBIDDEN", message: "", ref: first.ref });
  assert.deepEqual([one.status, two.status], ["disconnected", "connected"]);
});

test("a failing getToken is asked again", async () => {
  let calls = 0;
  createClient({
    url: "http://host:1",
    WebSocket: FakeSocket,
    getToken: () => (++calls === 1 ? Promise.reject(new Error("offline")) : "token"),
  }).session(ID);
  await settle();
  assert.equal(FakeSocket.opened.length, 0);
  await wait(50);
  assert.equal(FakeSocket.opened.length, 1);
});

test("presence is sent at most once in the throttle, the last value always, and again after a join", async () => {
  const session = await joined({ throttle: 100 });
  const presences = () => FakeSocket.last.sent.filter(({ type }) => type === "presence").map(({ data }) => data);
  for (const x of [1, 2, 3]) {
    session.updatePresence({ x });
    await wait(1);
  }
  assert.deepEqual(presences(), [{ x: 1 }]);
  await wait(100);
  assert.deepEqual(presences(), [{ x: 1 }, { x: 3 }]);
  FakeSocket.last.end(1006);
  session.updatePresence({ y: 4 });
  await wait(100);
  FakeSocket.last.accept().welcome();
  assert.deepEqual(presences(), [{ x: 3, y: 4 }]);
});

test("changes that wait are bounded", async () => {
  const session = await open();
  const large = "x".repeat(1024 * 1024);
  const kept = Array.from({ length: 3 }, () => session.setProperty("n", "p", large).catch(({ code }) => code));
  await assert.rejects(session.setProperty("n", "p", large + large), { code: "QUEUE_FULL" });
  session.close();
  assert.deepEqual(await Promise.all(kept), ["CLOSED", "CLOSED", "CLOSED"]);
});

test("a handler that throws does not stop the session", async () => {
  const session = await joined();
  session.on("status", () => {
    throw new Error("of the application");
  });
  let reported = 0;
  session.on("status", () => reported++);
  FakeSocket.last.end(1006);
  assert.deepEqual([session.status, reported], ["reconnecting", 1]);
  assert.throws(() => mock.timers.tick(1), /of the application/);
});
