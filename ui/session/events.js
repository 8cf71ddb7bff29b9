import { html, useState } from "../preact.js";
import { API } from "../api.js";
import { Copy, Empty, Time } from "../parts.js";
import { href } from "../route.js";

/** The most rows that are drawn. */
const ROWS = 200;

/** Fields that every event has, and that have a column of their own. */
const COMMON = ["type", "session_id", "seq", "timestamp"];

/** Events as they happen. @param {{model: import("./model.js").SessionModel}} props */
export function Events({ model }) {
  const [paused, setPaused] = useState(/** @type {import("../types.js").Frame[] | null} */ (null));
  const [kind, setKind] = useState("");
  const [search, setSearch] = useState("");
  const events = paused ?? model.events;
  const kinds = [...new Set(model.events.map((event) => event.type))].sort();
  const words = search.trim().toLowerCase();
  const found = [];
  for (let place = events.length - 1; place >= 0 && found.length < ROWS; place -= 1) {
    const event = events[place];
    if ((!kind || event.type === kind) && (!words || JSON.stringify(event).toLowerCase().includes(words))) found.push(event);
  }
  const since = found.length ? found[found.length - 1].seq - 1 : 0;
  const curl = `curl '${API}/sessions/${model.id}/events?since=${since}'`;
  const missed = paused ? model.events.length - model.events.indexOf(paused[paused.length - 1]) - 1 : 0;
  return html`
    <div class="toolbar">
      <label>Search<input type="search" placeholder="Any text of an event" value=${search} onInput=${(/** @type {any} */ e) => setSearch(e.target.value)} /></label>
      <label class="narrow">Event<select value=${kind} onChange=${(/** @type {any} */ e) => setKind(e.target.value)}>
        <option value="">All events</option>${kinds.map((name) => html`<option value=${name}>${name}</option>`)}</select></label>
      <button type="button" aria-pressed=${!!paused} onClick=${() => setPaused(paused ? null : [...model.events])}>
        ${paused ? `Go on${missed > 0 ? ` (${missed} new)` : ""}` : "Pause"}</button>
      <${Copy} text=${curl} label="Copy as curl" />
    </div>
    ${found.length === 0
      ? html`<${Empty} title=${events.length ? "No event is like that." : "Nothing has happened in this session yet."}><p>What happens appears here at once. <a href=${href("try", model.id)}>Be a client</a> to see something.</p><//>`
      : html`<div class="scroll log" role="region" aria-label="Events, the newest first" tabindex="0"><table class="stack">
        <thead><tr><th scope="col" class="number">seq</th><th scope="col">Event</th><th scope="col">When</th><th scope="col">What</th></tr></thead>
        <tbody>${found.map((event) => html`<tr key=${event.seq}>
          <td class="number">${event.seq}</td><th scope="row">${event.type}</th><td><${Time} at=${event.timestamp} /></td>
          <td><span class="json">${fields(event)}</span></td></tr>`)}</tbody>
      </table></div>`}`;
}

/** @param {import("../types.js").Frame} event */
function fields(event) {
  const rest = Object.entries(event).filter(([name]) => !COMMON.includes(name));
  return rest.map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join("  ");
}
