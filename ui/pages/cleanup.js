import { html, useState } from "../preact.js";
import { call, useResource } from "../api.js";
import { counted, span, title } from "../format.js";
import { Dialog, Empty, Problem, Time, phraseFor, useTitle } from "../parts.js";
import { href } from "../route.js";
import { sessions } from "../sessions.js";
import { useStore } from "../store.js";

/** @typedef {import("../types.js").Session} Session */

/** Rows that are drawn at first, and that each click adds. */
const ROWS = 100;

/** What a cleanup would remove, and then removes. */
export function CleanupPage() {
  useTitle("Cleanup");
  const known = useStore(sessions);
  const { data: policy } = useResource("/sessions/cleanup", 0);
  const [hours, setHours] = useState("");
  const [preview, setPreview] = useState(/** @type {{ids: string[], hours: string} | null} */ (null));
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const [done, setDone] = useState("");
  const [confirming, setConfirming] = useState(false);
  const [limit, setLimit] = useState(ROWS);
  const all = [...known.byId.values()];

  /** @param {SubmitEvent} event */
  async function ask(event) {
    event.preventDefault();
    setError(null);
    setDone("");
    try {
      const report = await call("POST", "/sessions/cleanup", { ...limitOf(hours), dry_run: true });
      setPreview({ ids: report.removed_sessions, hours });
      setLimit(ROWS);
    } catch (problem) {
      setPreview(null);
      setError(/** @type {Error} */ (problem));
    }
  }
  async function run() {
    const report = await call("POST", "/sessions/cleanup", limitOf(preview?.hours ?? ""));
    for (const id of report.removed_sessions) sessions.value.remove(id);
    setPreview(null);
    setDone(`${counted(report.count, "session")} removed.`);
  }

  return html`<h1>Cleanup</h1>
    <p>A cleanup removes each session that has no clients, is not pinned, and has been idle for longer than its own
      timeout, or else than ${policy ? html`<strong>${policy.max_inactive_hours} h</strong>` : "the server allows"}.
      ${" "}${policy && (policy.interval_seconds === null ? "None is scheduled." : html`The server does it every <strong>${span(policy.interval_seconds * 1000)}</strong>.`)}</p>
    <div class="cards small">
      <${Count} title="Stay: in use" count=${all.filter((s) => s.active_clients > 0).length} />
      <${Count} title="Stay: pinned" count=${all.filter((s) => s.pinned && s.active_clients === 0).length} />
      <${Count} title="May go once idle for long enough" count=${all.filter((s) => !s.pinned && s.active_clients === 0).length} />
    </div>
    <form class="toolbar" onSubmit=${ask}>
      <label>Idle for more than (hours)<input type="number" min="0" max="876000" step="any" placeholder=${policy ? `${policy.max_inactive_hours}` : ""}
        value=${hours} onInput=${(/** @type {any} */ e) => { setHours(e.target.value); setPreview(null); }} /></label>
      <button class="primary">Preview</button>
    </form>
    <${Problem} error=${error} />
    <p role="status">${done}</p>
    ${preview && (preview.ids.length === 0
      ? html`<${Empty} title="A cleanup would remove nothing."><p>Every session is in use, pinned, or was active recently.</p><//>`
      : html`<section aria-label="Preview">
          <div class="heading">
            <p><strong>${counted(preview.ids.length, "session")}</strong> would go now. Nothing is removed yet.</p>
            <button type="button" class="danger" onClick=${() => setConfirming(true)}>Remove ${counted(preview.ids.length, "session")}</button>
          </div>
          <${Preview} ids=${preview.ids.slice(0, limit)} hours=${preview.hours.trim() === "" ? policy?.max_inactive_hours : Number(preview.hours)} />
          ${preview.ids.length > limit && html`<p><button type="button" onClick=${() => setLimit(limit + ROWS)}>Show ${Math.min(ROWS, preview.ids.length - limit)} more</button></p>`}
        </section>`)}
    ${confirming && preview && html`<${Dialog} title=${`Remove ${counted(preview.ids.length, "session")}?`} action=${`Remove ${preview.ids.length}`} danger
      phrase=${phraseFor(preview.ids.length)} submit=${run} close=${() => setConfirming(false)}>
      <p>The rule is checked again for each: who is used meanwhile stays, and who has become idle meanwhile goes, too.</p>
    <//>`}`;
}

/** @param {string} hours */
function limitOf(hours) {
  return hours.trim() === "" ? {} : { max_inactive_hours: Number(hours) };
}

/** @param {{title: string, count: number}} props */
function Count({ title, count }) {
  return html`<div class="card"><p class="quiet">${title}</p><p class="figure">${count.toLocaleString("en")}</p></div>`;
}

/** @param {{ids: string[], hours?: number}} props */
function Preview({ ids, hours }) {
  return html`<div class="scroll" role="region" aria-label="Sessions that would go" tabindex="0"><table class="stack">
    <thead><tr><th scope="col">Session</th><th scope="col">Project</th><th scope="col" class="number">Nodes</th>
      <th scope="col">Last active</th><th scope="col">Why</th></tr></thead>
    <tbody>${ids.map((id) => {
      const session = sessions.value.byId.get(id);
      return html`<tr key=${id}>
        <th scope="row"><a href=${href("sessions", id, "cleanup")}>${session ? title(session) : id}</a></th>
        <td data-label="project">${session?.project_id ?? html`<span class="none">none</span>`}</td>
        <td class="number" data-label="nodes">${session?.node_count.toLocaleString("en")}</td>
        <td data-label="active">${session && html`<${Time} at=${session.last_activity} />`}</td>
        <td>${session && why(session, hours)}</td></tr>`;
    })}</tbody>
  </table></div>`;
}

/** @param {Session} session @param {number} [hours] */
function why(session, hours) {
  const idle = span(Date.now() - Date.parse(session.last_activity));
  const own = session.idle_timeout_hours;
  if (own !== null) return `Nobody is in it; idle for ${idle}, its own limit is ${own} h`;
  return `Nobody is in it; idle for ${idle}${hours === undefined ? "" : `, the limit is ${hours} h`}`;
}
