// The hooks, in a page without a browser.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { JSDOM } from "jsdom";
import { act, type ReactNode, StrictMode } from "react";
import { createRoot, type Root } from "react-dom/client";
import {
  SessionProvider,
  useCanRedo,
  useCanUndo,
  useEventListener,
  useMyPresence,
  useNode,
  useOthers,
  useRedo,
  useSelf,
  useSession,
  useStatus,
  useTree,
  useUndo,
} from "rollcall-client/react";
import { newClient } from "./support/clients.js";
import { Server } from "./support/server.js";
import { becomes, connected } from "./support/wait.js";

let root: Root;

beforeEach(() => {
  const { window } = new JSDOM("<main></main>");
  Object.assign(globalThis, { window, document: window.document, IS_REACT_ACT_ENVIRONMENT: false });
  root = createRoot(window.document.querySelector("main")!);
});
afterEach(() => root.unmount());

const shown = () => document.querySelector("main")!.textContent;

/** A session with a client that follows it without React. */
async function open(server: Server) {
  const id = await server.createSession();
  const [ours, theirs] = [newClient(server.url), newClient(server.url)];
  const other = theirs.session(id, { user: "Bob" });
  await connected(other);
  return {
    id,
    other,
    client: ours,
    [Symbol.dispose]: () => {
      ours.close();
      theirs.close();
    },
  };
}

test("hooks show the tree, the others and the own presence as they change", async () => {
  await using server = await Server.start();
  using board = await open(server);
  function Board(): ReactNode {
    const names = useTree((roots) => roots.map(({ name }) => name).join());
    const others = useOthers((all) => all.map(({ user }) => user).join());
    const [presence, update] = useMyPresence<{ x: number }>();
    useOthers();
    return (
      <button onClick={() => update({ x: 2 })}>
        {useStatus()} {names} {others} {presence?.x} {String(useSelf().user)}
      </button>
    );
  }
  root.render(
    <StrictMode>
      <SessionProvider client={board.client} id={board.id} user="Ada" presence={{ x: 1 }} fallback="wait">
        <Board />
      </SessionProvider>
    </StrictMode>,
  );
  await becomes("connected  Bob 1 Ada", shown);
  await board.other.createNode({ blueprint_type_id: "item", name: "Milk" });
  await becomes("connected Milk Bob 1 Ada", shown);
  document.querySelector("button")!.dispatchEvent(new window.MouseEvent("click", { bubbles: true }));
  await becomes("connected Milk Bob 2 Ada", shown);
  await becomes({ x: 2 } as never, () => board.other.others[0]?.presence as never);
  board.other.close();
  await becomes("connected Milk  2 Ada", shown);

  root.render(null);
  const clients = async () => (await server.call("GET", `/sessions/${board.id}`)).active_clients;
  await becomes(0, clients);
});

test("a component renders only when what it reads has changed", async () => {
  await using server = await Server.start();
  using board = await open(server);
  const [first, second] = await Promise.all(
    ["first", "second"].map((name) => board.other.createNode({ blueprint_type_id: "item", name })),
  );
  const renders: Record<string, number> = {};
  function Item({ id }: { id: string }): ReactNode {
    const node = useNode(id);
    renders[node?.name ?? ""] = (renders[node?.name ?? ""] ?? 0) + 1;
    return <i>{node?.name}</i>;
  }
  const id = (executed: typeof first) => executed!.result["node_id"] as string;
  root.render(
    <SessionProvider client={board.client} id={board.id}>
      <Item id={id(first)} />
      <Item id={id(second)} />
    </SessionProvider>,
  );
  await becomes("firstsecond", shown);
  const before = renders["second"];
  await board.other.renameNode(id(first), "renamed");
  await becomes("renamedsecond", shown);
  assert.equal(renders["second"], before);
});

test("hooks undo and redo, and hear events", async () => {
  await using server = await Server.start();
  using board = await open(server);
  const events: string[] = [];
  let undo!: () => Promise<unknown>;
  let redo!: () => Promise<unknown>;
  let create!: () => Promise<unknown>;
  function Buttons(): ReactNode {
    const session = useSession();
    create = () => session.createNode({ blueprint_type_id: "item" });
    undo = useUndo("client");
    redo = useRedo("client");
    useEventListener("event", ({ type }) => events.push(type));
    return `${useStatus()} ${useCanUndo("client")} ${useCanRedo("client")}`;
  }
  root.render(
    <SessionProvider client={board.client} id={board.id}>
      <Buttons />
    </SessionProvider>,
  );
  await becomes("connected false false", shown);
  await create();
  await becomes("connected true false", shown);
  await undo();
  await becomes("connected false true", shown);
  await redo();
  await becomes("connected true false", shown);
  await becomes(
    ["node-created", "command-executed", "node-deleted", "undo", "node-created", "redo"],
    () => events,
  );
});

test("another id leaves one session and joins the other", async () => {
  await using server = await Server.start();
  using one = await open(server);
  using two = await open(server);
  const Shown = () => `${useSession().id} ${useStatus()}`;
  const show = (id: string) =>
    root.render(
      <SessionProvider client={one.client} id={id} fallback="wait">
        <Shown />
      </SessionProvider>,
    );
  show(one.id);
  await becomes(`${one.id} connected`, shown);
  show(two.id);
  await becomes(`${two.id} connected`, shown);
  await becomes(0, () => one.other.others.length);
});

test("hooks without a provider say what is missing", () => {
  function Lost(): ReactNode {
    return useStatus();
  }
  assert.throws(() => act(() => root.render(<Lost />)), /SessionProvider/);
});
