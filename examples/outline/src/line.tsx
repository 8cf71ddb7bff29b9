// One line: its text, its box, and where the others are in it.
import { type KeyboardEvent, memo, useEffect, useRef, useState } from "react";
import type { Other, TreeNode } from "rollcall-client";
import { useOthers, useSession } from "rollcall-client/react";
import { toast } from "./toasts.js";
import type { Presence, User } from "./user.js";

/** A text is sent when one stops writing for so long: that is one step to undo. */
const PAUSE = 400;

interface Props {
  node: TreeNode;
  depth: number;
  onKey: (event: KeyboardEvent<HTMLInputElement>) => void;
}

export const Line = memo(function Line({ node, depth, onKey }: Props) {
  const session = useSession<Presence, User>();
  const here = useOthers<Presence, User, Other<Presence, User>[]>(
    (others) => others.filter(({ presence }) => presence?.line === node.id),
    (one, other) => one.length === other.length && one.every((item, place) => item === other[place]),
  );
  const [text, setText] = useDraft(node);
  const done = Boolean(node.properties["done"]);

  const publishPresence = (event: { currentTarget: HTMLInputElement }) => {
    const { selectionStart, selectionEnd } = event.currentTarget;
    session.updatePresence({ line: node.id, start: selectionStart ?? 0, end: selectionEnd ?? 0 });
  };

  return (
    <li className={done ? "done" : ""} style={{ paddingInlineStart: `${depth * 1.75}rem` }}>
      <button
        className="box"
        role="checkbox"
        aria-checked={done}
        aria-label={`${text || "Empty line"}: done`}
        onClick={() => session.setProperty(node.id, "done", !done).catch((error) => toast(error.message))}
      />
      <span className="text">
        <input
          id={`line-${node.id}`}
          aria-label="Line"
          value={text}
          placeholder="…"
          autoComplete="off"
          onChange={(event) => {
            setText(event.target.value);
            publishPresence(event);
          }}
          onKeyDown={onKey}
          onSelect={publishPresence}
          onFocus={publishPresence}
          onBlur={() => session.self.presence?.line === node.id && session.updatePresence({ line: null })}
        />
        {here.map((other) => (
          <Caret key={other.client_id} text={text} {...other} />
        ))}
      </span>
      <button
        className="delete"
        aria-label={`Delete ${text || "the empty line"}`}
        onClick={() => session.deleteNode(node.id).catch((error) => toast(error.message))}
      >
        ×
      </button>
    </li>
  );
});

/** Another one's selection: the text before it is there, unseen, so that it stands in the right place. */
function Caret({ text, user, presence }: Other<Presence, User> & { text: string }) {
  const { start = 0, end = 0 } = presence ?? {};
  return (
    <span className="caret" aria-hidden="true" style={{ "--color": user?.color } as React.CSSProperties}>
      <span>{text.slice(0, start)}</span>
      <mark>{text.slice(start, end)}</mark>
      <i data-name={user?.name} />
    </span>
  );
}

/** The text as it is being written, or that of the node. */
function useDraft(node: TreeNode): [string, (text: string) => void] {
  const session = useSession();
  const [draft, setDraft] = useState<string | null>(null);
  const send = useRef(() => {});
  send.current = () => {
    if (draft === null) return;
    setDraft(null);
    if (draft !== node.name) session.renameNode(node.id, draft).catch((error) => toast(error.message));
  };
  useEffect(() => {
    const timer = setTimeout(() => send.current(), PAUSE);
    return () => clearTimeout(timer);
  }, [draft]);
  // What was written last is not lost with the line.
  useEffect(() => () => send.current(), []);
  return [draft ?? node.name, setDraft];
}
