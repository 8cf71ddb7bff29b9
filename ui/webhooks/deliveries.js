import { html, useState } from "../preact.js";
import { call, useResource } from "../api.js";
import { counted } from "../format.js";
import { ActionButton, Dialog, Empty, Problem, Time } from "../parts.js";
import { Answer, answerTo } from "./answers.js";

/** @typedef {import("../types.js").Delivery} Delivery */

/** Messages on a page. */
const ROWS = 50;

/** @type {Record<string, {title: string, tag: string}>} */
const STATES = {
  pending: { title: "waiting", tag: "warn" },
  delivered: { title: "delivered", tag: "good" },
  failed: { title: "failed", tag: "bad" },
};
/** @type {[string, string][]} */
const FILTERS = [["", "All"], ["pending", "Waiting"], ["delivered", "Delivered"], ["failed", "Failed"]];

/** The messages of an endpoint, and what became of them. @param {{path: string, version: number, reload: () => void, isOn: boolean}} props */
export function Deliveries({ path, version, reload, isOn }) {
  const [state, setState] = useState("");
  const [before, setBefore] = useState("");
  const [isReplaying, setReplaying] = useState(false);
  const [problem, setProblem] = useState(/** @type {Error | null} */ (null));
  const [said, setSaid] = useState("");
  const query = new URLSearchParams({ limit: `${ROWS}`, ...(state && { state }), ...(before && { before }) });
  const { data, error } = useResource(`${path}/deliveries?${query}`, version);
  /** @type {Delivery[] | undefined} */
  const deliveries = data?.deliveries;
  const show = (/** @type {string} */ name) => { setState(name); setBefore(""); };
  /** @param {Delivery} delivery */
  async function retry(delivery) {
    setSaid("");
    await call("POST", `${path}/deliveries/${delivery.message_id}/retry`);
    await answerTo(path, delivery.message_id, delivery.last_attempt_at);
    reload();
  }
  return html`<section class="part" aria-labelledby="deliveries">
    <h2 id="deliveries">Messages</h2>
    <div class="toolbar">
      <fieldset class="choice"><legend>Show</legend>
        ${FILTERS.map(([name, title]) => html`<label>
          <input type="radio" name="state" checked=${state === name} onChange=${() => show(name)} /><span>${title}</span></label>`)}
      </fieldset>
      <div class="actions"><button type="button" onClick=${reload}>Read again</button>
        <button type="button" onClick=${() => setReplaying(true)}>Replay…</button></div>
    </div>
    <${Problem} error=${error ?? problem} />
    <p class="results" role="status">${said || (deliveries ? counted(deliveries.length, "message") : error ? "" : "Loading…")}</p>
    ${deliveries?.length === 0 && html`<${Empty} title=${state ? "No message is like that." : "No message was made yet."}>
      <p>Messages are about what happens from now on, and are kept for seven days. Send a test message to see one.</p><//>`}
    ${!!deliveries?.length && html`<${Table} ...${{ deliveries, retry, isOn }} onError=${setProblem} />`}
    ${(before || data?.next_before) && html`<p class="actions">
      <button type="button" disabled=${!before} onClick=${() => setBefore("")}>Newest</button>
      <button type="button" disabled=${!data?.next_before} onClick=${() => setBefore(data.next_before)}>Older</button></p>`}
    ${isReplaying && html`<${Replay} path=${path} close=${() => setReplaying(false)}
      done=${(/** @type {number} */ count) => { setSaid(`${counted(count, "message")} will be sent again.`); reload(); }} />`}
  </section>`;
}

/** @param {{deliveries: Delivery[], retry: (delivery: Delivery) => Promise<void>, isOn: boolean, onError: (error: Error | null) => void}} props */
function Table({ deliveries, retry, isOn, onError }) {
  return html`<div class="scroll" role="region" aria-label="Messages, the newest first" tabindex="0"><table class="stack">
    <thead><tr><th scope="col">Message</th><th scope="col">Made</th><th scope="col">State</th><th scope="col">Last answer</th>
      <th scope="col">Next attempt</th><th scope="col"><span class="hidden">Action</span></th></tr></thead>
    <tbody>${deliveries.map((delivery) => html`<tr key=${delivery.message_id}>
      <th scope="row">${delivery.type}
        <details><summary class="quiet">What is sent</summary><p class="id client">${delivery.message_id}</p>
          <pre class="json">${JSON.stringify(delivery.body, null, 2)}</pre></details></th>
      <td data-label="made"><${Time} at=${delivery.timestamp} /></td>
      <td><span class=${`tag ${STATES[delivery.state].tag}`}>${STATES[delivery.state].title}</span>
        ${delivery.attempts > 1 && html` <span class="quiet">${counted(delivery.attempts, "attempt")}</span>`}</td>
      <td data-label="answer"><${Answer} delivery=${delivery} /></td>
      <td data-label=${delivery.state === "pending" ? "next" : undefined}>${next(delivery, isOn)}</td>
      <td class="number"><${ActionButton} class="small" run=${() => retry(delivery)} onError=${onError}>
        ${delivery.state === "delivered" ? "Send again" : "Retry now"}<span class="hidden"> ${delivery.type} ${delivery.message_id}</span><//></td>
    </tr>`)}</tbody>
  </table></div>`;
}

/** @param {Delivery} delivery @param {boolean} isOn */
function next({ state, next_attempt_at }, isOn) {
  if (state !== "pending") return null;
  if (!isOn) return html`<span class="none">once it is on</span>`;
  return next_attempt_at ? html`<${Time} at=${next_attempt_at} />` : html`<span class="none">after earlier ones</span>`;
}

/** Sends the messages of a span again. @param {{path: string, close: () => void, done: (count: number) => void}} props */
function Replay({ path, close, done }) {
  const [now] = useState(Date.now());
  /** @param {FormData} form */
  async function submit(form) {
    const [since, until] = ["since", "until"].map((name) => new Date(`${form.get(name)}`).toISOString());
    done((await call("POST", `${path}/replay`, { since, until })).count);
  }
  return html`<${Dialog} title="Send messages again" action="Send again" submit=${submit} close=${close}>
    <p>Those that happened in this span, also those that were delivered: a receiver that kept the ids leaves them out.</p>
    <label>Since<input name="since" type="datetime-local" step="1" required autofocus defaultValue=${local(now - 3_600_000)} /></label>
    <label>Until<input name="until" type="datetime-local" step="1" required defaultValue=${local(now + 1000)} /></label>
  <//>`;
}

/** A moment for a field, in the reader's time zone. @param {number} time */
function local(time) {
  return new Date(time - new Date(time).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
