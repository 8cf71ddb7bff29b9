// The lines of the outline, and the keys that change it.
import { type KeyboardEvent, useMemo } from "react";
import { createId, type Session, type TreeNode } from "rollcall-client";
import { useSession, useTree } from "rollcall-client/react";
import { Line } from "./line.js";
import { focus, focusAfter } from "./focus.js";
import { toast } from "./toasts.js";
import type { Presence, User } from "./user.js";

/** A node with its place in the page. */
export interface Place {
  node: TreeNode;
  depth: number;
  index: number;
  siblings: readonly TreeNode[];
}

function flatten(nodes: readonly TreeNode[], depth = 0): Place[] {
  return nodes.flatMap((node, index) => [
    { node, depth, index, siblings: nodes },
    ...flatten(node.children, depth + 1),
  ]);
}

const KEYS = [
  ["Enter", "new line"],
  ["Tab", "indent"],
  ["⇧ Tab", "outdent"],
  ["↑ ↓", "go"],
  ["Alt ↑ ↓", "move the line"],
  ["Ctrl Enter", "done"],
  ["⌫", "delete an empty line"],
  ["Ctrl Z", "undo your own"],
];

/** Changes show at once; one that others made impossible is taken back, and said. */
function attempt(change: Promise<unknown>): void {
  change.catch((error: Error) => toast(error.message));
}

export function Outline() {
  const session = useSession<Presence, User>();
  const tree = useTree();
  const places = useMemo(() => flatten(tree), [tree]);

  const add = (parent_id: string | null, index: number) => {
    const line = { blueprint_type_id: "line", name: "", node_id: createId(), parent_id, index };
    focusAfter(() => attempt(session.createNode(line)), line.node_id);
  };

  return (
    <>
      <ul className="outline" aria-label="Outline">
        {places.map((place, row) => (
          <Line
            key={place.node.id}
            node={place.node}
            depth={place.depth}
            onKey={(event) => onKey(event, session, places, row, add)}
          />
        ))}
      </ul>
      {places.length === 0 && <p className="empty">Nothing here yet.</p>}
      <button className="add" onClick={() => add(null, tree.length)}>
        + Add a line
      </button>
      <footer>
        {KEYS.map(([keys, meaning]) => (
          <span key={meaning}>
            <kbd>{keys}</kbd> {meaning}
          </span>
        ))}
      </footer>
    </>
  );
}

type Add = (parent: string | null, index: number) => void;

function onKey(event: KeyboardEvent<HTMLInputElement>, session: Session<any, any>, places: Place[], row: number, add: Add) {
  const { node, index, siblings } = places[row]!;
  const parent = node.parent_id;
  const move = (to: string | null, place?: number) => {
    focusAfter(() => attempt(session.linkNode(node.id, to, place)), node.id);
  };
  const key = [event.altKey && "Alt", event.ctrlKey && "Ctrl", event.shiftKey && "Shift", event.key]
    .filter(Boolean)
    .join("+");
  const keys: Record<string, () => void> = {
    Enter: () => add(parent, index + 1),
    "Ctrl+Enter": () => attempt(session.setProperty(node.id, "done", !node.properties["done"])),
    Tab: () => index > 0 && move(siblings[index - 1]!.id),
    "Shift+Tab": () => {
      const above = places.find((place) => place.node.id === parent);
      if (above) move(above.node.parent_id, above.index + 1);
    },
    ArrowUp: () => focus(places[row - 1]?.node.id),
    ArrowDown: () => focus(places[row + 1]?.node.id),
    "Alt+ArrowUp": () => index > 0 && move(parent, index - 1),
    "Alt+ArrowDown": () => index < siblings.length - 1 && move(parent, index + 1),
  };
  if (event.currentTarget.value === "" && node.children.length === 0) {
    keys["Backspace"] = () => {
      const next = places[row - 1] ?? places[row + 1];
      focusAfter(() => attempt(session.deleteNode(node.id)), next?.node.id);
    };
  }
  const act = keys[key];
  if (!act) return;
  event.preventDefault();
  act();
}
