// Moves the focus from line to line.
import { flushSync } from "react-dom";

export function focus(id: string | undefined): void {
  document.getElementById(`line-${id}`)?.focus();
}

/** Makes a change and focuses a line as it is then, before the next key comes. */
export function focusAfter(change: () => void, id: string | undefined): void {
  flushSync(change);
  focus(id);
}
