// Small components that several pages use.

import { html, useEffect, useRef, useState } from "./preact.js";
import { exact, fromNow } from "./format.js";
import { Store, useStore } from "./store.js";

/** Now, in steps of ten seconds, so that "3 min ago" stays true. */
const now = new Store(Date.now());
setInterval(() => now.set(Date.now()), 10_000);

/** A moment: how long ago, and the exact time for who points at it. @param {{at: string}} props */
export function Time({ at }) {
  return html`<time datetime=${at} title=${exact(at)}>${fromNow(at, Math.max(useStore(now), Date.now()))}</time>`;
}

/** What went wrong, read out at once. @param {{error: Error | null}} props */
export function Problem({ error }) {
  return error && html`<p class="problem" role="alert"><strong>Error.</strong> ${error.message}</p>`;
}

/** What to do first, where there is nothing yet. @param {{title: string, children?: unknown, command?: string}} props */
export function Empty({ title, children, command }) {
  return html`<div class="empty">
    <p><strong>${title}</strong></p>
    ${children}
    ${command && html`<div class="command"><pre tabindex="0"><code>${command}</code></pre><${Copy} text=${command} /></div>`}
  </div>`;
}

/** @param {{text: string, label?: string}} props */
export function Copy({ text, label = "Copy" }) {
  const [copied, setCopied] = useState(false);
  async function copy() {
    await copyText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  }
  return html`<button type="button" class="small" onClick=${copy}>${copied ? "Copied" : label}</button>`;
}

/** @param {string} text */
async function copyText(text) {
  // Pages that came over plain HTTP from another machine have no clipboard.
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/**
 * A modal dialog with a form. `submit` may fail; the dialog then stays open and says why. Without `submit` it only says something.
 * @param {{title: string, action: string, danger?: boolean, phrase?: string, submit?: (form: FormData) => unknown, close: () => void, children?: unknown}} props
 */
export function Dialog({ title, action, danger, phrase, submit, close, children }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const [typed, setTyped] = useState("");
  const [running, setRunning] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  async function onSubmit(/** @type {SubmitEvent} */ event) {
    event.preventDefault();
    setRunning(true);
    try {
      await submit?.(new FormData(/** @type {HTMLFormElement} */ (event.target)));
      // Then the focus goes back to where it was.
      dialog.current?.close();
    } catch (problem) {
      setError(/** @type {Error} */ (problem));
      setRunning(false);
    }
  }
  return html`<dialog ref=${dialog} onClose=${close} aria-labelledby="dialog-title">
    <form onSubmit=${onSubmit}>
      <h2 id="dialog-title">${title}</h2>
      ${children}
      ${phrase && html`<label>Type <strong>${phrase}</strong> to go on
        <input autocomplete="off" value=${typed} onInput=${(/** @type {any} */ e) => setTyped(e.target.value)} /></label>`}
      <${Problem} error=${error} />
      <div class="actions">
        ${submit && html`<button type="button" onClick=${() => dialog.current?.close()}>Cancel</button>`}
        <button class=${danger ? "danger" : "primary"} disabled=${running || (!!phrase && typed !== phrase)}>${action}</button>
      </div>
    </form>
  </dialog>`;
}

/** From how many on a removal is confirmed by typing. */
export const MANY = 10;

/** What is to be typed before this many sessions are removed; nothing for few. @param {number} count */
export function phraseFor(count) {
  return count >= MANY ? `remove ${count} sessions` : undefined;
}

/**
 * A button that does something over the network, and says if it failed.
 * @param {{run: () => Promise<unknown>, children?: unknown, class?: string, disabled?: boolean, onError?: (error: Error | null) => void}} props
 */
export function ActionButton({ run, children, class: className, disabled, onError }) {
  const [running, setRunning] = useState(false);
  async function click() {
    setRunning(true);
    onError?.(null);
    try {
      await run();
    } catch (error) {
      onError?.(/** @type {Error} */ (error));
    }
    setRunning(false);
  }
  // Not `disabled`, with which a button that ran for the last time would lose the focus.
  const rests = running || !!disabled;
  return html`<button type="button" class=${className} aria-disabled=${rests} onClick=${() => rests || click()}>${children}</button>`;
}

/** What a page is about, for the tab's name. @param {string} text */
export function useTitle(text) {
  useEffect(() => {
    document.title = text ? `${text} · rollcall` : "rollcall";
  }, [text]);
}
