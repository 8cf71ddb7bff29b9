// Who is here, whether the server is, and the way back.
import { useEffect, useState } from "react";
import type { Scope } from "rollcall-client";
import { useCanRedo, useCanUndo, useOthers, useRedo, useSelf, useSession, useStatus, useUndo } from "rollcall-client/react";
import { toast } from "./toasts.js";
import type { Presence, User } from "./user.js";

const OWN: Scope = "client";
const STATUS = {
  connecting: "Connecting …",
  connected: "Live",
  reconnecting: "Offline. Your changes are kept.",
  disconnected: "Ended",
};

export function Header() {
  const status = useStatus();
  const { error } = useSession();
  const self = useSelf<Presence, User>();
  const others = useOthers<Presence, User>();
  const undo = useRefusable(useUndo(OWN));
  const redo = useRefusable(useRedo(OWN));
  const [canUndo, canRedo] = [useCanUndo(OWN), useCanRedo(OWN)];

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
      event.preventDefault();
      if (event.shiftKey ? canRedo : canUndo) (event.shiftKey ? redo : undo)();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [undo, redo, canUndo, canRedo]);

  return (
    <header>
      <h1>Outline</h1>
      <span className={`status ${status}`} role="status">
        {error ? error.message : STATUS[status]}
      </span>
      <span className="people" aria-label="Who is here">
        {self.user && <Avatar user={self.user} note=" (you)" />}
        {others.map(({ client_id, user }) => user && <Avatar key={client_id} user={user} />)}
      </span>
      <button onClick={undo} disabled={!canUndo} title="Undo your last change (Ctrl+Z)" aria-label="Undo">
        ↶
      </button>
      <button onClick={redo} disabled={!canRedo} title="Redo (Ctrl+Shift+Z)" aria-label="Redo">
        ↷
      </button>
      <ShareButton />
    </header>
  );
}

function Avatar({ user, note = "" }: { user: User; note?: string }) {
  return (
    <span className="avatar" style={{ background: user.color }} title={user.name + note}>
      {user.name.slice(0, 2)}
    </span>
  );
}

function ShareButton() {
  const [copied, setCopied] = useState(false);
  const share = async () => {
    await navigator.clipboard.writeText(location.href);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <button className="share" onClick={() => void share()}>
      {copied ? "Link copied" : "Share"}
    </button>
  );
}

/** What others have changed since cannot be undone: say so. */
function useRefusable(act: () => Promise<unknown>): () => void {
  return () => void act().catch((error: Error) => toast(error.message));
}
