// Four clients that change one session at random while connections break and the server dies: every tree is the
// server's in the end, and every fulfilled change was made once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createId, type RollcallError, type Session, type TreeNode } from "rollcall-client";
import { newClient } from "./support/clients.js";
import { dice, type Dice } from "./support/dice.js";
import { Line } from "./support/line.js";
import { plain, Server } from "./support/server.js";
import { becomes, connected, eventually } from "./support/wait.js";

const CLIENTS = 4;
const CHANGES = Number(process.env["TEST_CHANGES"] ?? 150);
/** Why a change of one may be refused by what others did. */
const REFUSALS = /^(INVALID_COMMAND|NODE_NOT_FOUND|UNDO_CONFLICT|CONFLICT|NOTHING_TO_UNDO|NOTHING_TO_REDO)$/;

function all(nodes: readonly TreeNode[]): string[] {
  return nodes.flatMap(({ id, children }) => [id, ...all(children)]);
}

/** Makes one change at random, on the tree as the client sees it. */
function change(session: Session, { below, pick }: Dice): Promise<unknown> {
  const ids = all(session.tree);
  const node = pick(ids);
  const create = () =>
    session.createNode({
      blueprint_type_id: "item",
      name: `node ${below(1000)}`,
      parent_id: pick([null, ...ids]) ?? null,
      index: below(5),
      properties: { size: below(10) },
    });
  if (!node) return create();
  const scope = pick(["session", "client"] as const)!;
  const other = pick(ids) as string;
  const turns = [
    create,
    create,
    create,
    () => session.renameNode(node, `name ${below(1000)}`),
    () => session.setProperty(node, pick(["size", "color"])!, below(10)),
    () => session.deleteProperty(node, "size"),
    () => session.linkNode(node, other, below(4)),
    () => session.linkNode(node, other),
    () => session.unlinkNode(node),
    () => session.deleteNode(node),
    () => session.undo(scope),
    () => session.undo(scope),
    () => session.redo(scope),
    () =>
      session.batch((batch) => {
        const node_id = createId();
        batch.createNode({ blueprint_type_id: "list", name: "new", node_id, parent_id: other });
        batch.renameNode(other, "in a batch");
        batch.linkNode(node, node_id);
      }),
  ];
  return pick(turns)!();
}

/** Runs the changes of all clients beside `trouble`, and compares what has become of them. */
async function play(settings: string[], trouble: (server: Server, lines: Line[], roll: Dice) => Promise<void>) {
  const seed = Number(process.env["TEST_SEED"] ?? Date.now() % 1_000_000);
  const roll = dice(seed);
  await using server = await Server.start(...settings);
  const lines = await Promise.all(Array.from({ length: CLIENTS }, () => Line.to(server.port)));
  const clients = lines.map((line) => newClient(line.url));
  try {
    const id = await server.createSession();
    const sessions = clients.map((client) => client.session(id));
    await Promise.all(sessions.map(connected));

    let fulfilled = 0;
    const work = sessions.map(async (session) => {
      const made: Promise<unknown>[] = [];
      for (let turn = 0; turn < CHANGES; turn++) {
        const done = change(session, roll).then(
          () => fulfilled++,
          (error: RollcallError) => assert.match(error.code, REFUSALS),
        );
        made.push(done);
        if (roll.below(3) === 0) await done;
        else await new Promise((resolve) => setTimeout(resolve, roll.below(10)));
      }
      await Promise.all(made);
    });
    await trouble(server, lines, roll);
    await Promise.all(work);

    const tree = await server.tree(id);
    for (const session of sessions) await becomes(tree, () => plain(session.tree));
    const { revision } = await server.call("GET", `/sessions/${id}`);
    assert.equal(fulfilled, revision, "each fulfilled change was made once");
  } catch (error) {
    throw new Error(`with TEST_SEED=${seed}: ${(error as Error).stack}`);
  } finally {
    for (const client of clients) client[Symbol.dispose]();
    for (const line of lines) line[Symbol.dispose]();
  }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

test("four clients come to the server's tree in calm", () => play([], async () => {}));

test("four clients come to the server's tree over torn connections", () =>
  play([], async (_server, lines, roll) => {
    for (let turn = 0; turn < 20; turn++) {
      await pause(roll.below(100));
      roll.pick(lines)!.cut();
    }
  }));

test("four clients come to the server's tree though it is killed and started again", () =>
  play([], async (server, _lines, roll) => {
    for (let turn = 0; turn < 4; turn++) {
      await pause(200 + roll.below(200));
      await server.kill();
      await server.startAgain();
    }
  }));

test("what happened while a client was away comes as a snapshot when its events are no longer kept", async () => {
  await using server = await Server.start("--event-retention", "1s", "--cleanup-interval", "1s");
  using line = await Line.to(server.port);
  using near = newClient(server.url);
  using far = newClient(line.url);
  const id = await server.createSession();
  const [present, away] = [near.session(id), far.session(id)];
  await Promise.all([connected(present), connected(away)]);
  await present.createNode({ blueprint_type_id: "item", name: "seen" });
  await becomes(1, () => away.tree.length);
  const seen = away.tree[0];
  let gaps = 0;
  away.on("gap", () => gaps++);

  line.down();
  await becomes("reconnecting", () => away.status);
  const own = away.createNode({ blueprint_type_id: "item", name: "made offline" });
  const { seq } = await present.createNode({ blueprint_type_id: "item", name: "missed" });
  await eventually("the event is forgotten", async () => {
    // A start looks for what is too old.
    await server.kill();
    await server.startAgain();
    return (await server.call("GET", `/sessions/${id}/events?since=${seq - 1}`)).gap;
  });
  line.up = true;
  await connected(away);
  await own;
  assert.equal(gaps, 1);
  assert.deepEqual(away.tree.map(({ name }) => name), ["seen", "missed", "made offline"]);
  assert.equal(away.tree[0], seen, "what is as it was stays the same object");
  await becomes(await server.tree(id), () => plain(present.tree));
});
