import { html, useEffect, useState } from "../preact.js";
import { API, useResource } from "../api.js";
import { Chart } from "../chart.js";
import { bytes, counted, fromNow, span, title } from "../format.js";
import { live } from "../live.js";
import { readMetrics } from "../metrics.js";
import { Empty, Time, useTitle } from "../parts.js";
import { href } from "../route.js";
import { SAMPLE_SECONDS, samples } from "../samples.js";
import { sessions } from "../sessions.js";
import { useStore } from "../store.js";

/** @typedef {{version: string, values: Map<string, number>} | null} Metrics */

/** What is worth a look: a disk that fills, a log that does not shrink, pins that were forgotten. */
const LITTLE_DISK = 1024 ** 3;
const LARGE_WAL = 256 * 1024 ** 2;
const FORGOTTEN_DAYS = 30;
const BACKUP_HOURS = 26;
/** Sessions with the most clients that are named. */
const BUSIEST = 5;

/** How the server is. */
export function OverviewPage() {
  useTitle("Overview");
  const { time, clients, sessions: count, changes } = useStore(samples);
  const [metrics, setMetrics] = useState(/** @type {Metrics} */ (null));
  useEffect(() => { readMetrics().then(setMetrics); }, []);
  const busiest = [...sessions.value.byId.values()]
    .filter((session) => session.active_clients > 0)
    .sort((a, b) => b.active_clients - a.active_clients)
    .slice(0, BUSIEST);
  return html`<h1>Overview</h1>
    <div class="cards">
      <${Figure} title="Clients" values=${clients} time=${time} />
      <${Figure} title="Sessions" values=${count} time=${time} />
      <${Figure} title="Changes a second" values=${changes} time=${time} />
    </div>
    ${sessions.value.isCut && html`<p class="quiet">Clients and changes are those of the ${sessions.value.byId.size.toLocaleString("en")} sessions that were used last.</p>`}
    <${Attention} metrics=${metrics} />
    <div class="cards">
      <section class="card"><h2>Busiest now</h2>
        ${busiest.length === 0 ? html`<p class="quiet">Nobody is in a session.</p>` : html`<table>
          <thead><tr><th scope="col">Session</th><th scope="col" class="number">Clients</th></tr></thead>
          <tbody>${busiest.map((session) => html`<tr key=${session.session_id}>
            <th scope="row"><a href=${href("sessions", session.session_id)}>${title(session)}</a></th>
            <td class="number">${session.active_clients.toLocaleString("en")}</td></tr>`)}</tbody></table>`}
      </section>
      <${Server} metrics=${metrics} />
    </div>
    <details><summary>The charts as a table</summary><${AsTable} ...${{ time, clients, count, changes }} /></details>`;
}

/** @param {{title: string, time: number[], values: number[]}} props */
function Figure({ title, time, values }) {
  const last = values.at(-1);
  return html`<section class="card"><h2>${title}</h2>
    <p class="figure">${last === undefined ? "…" : last.toLocaleString("en", { maximumFractionDigits: 1 })}</p>
    <${Chart} time=${time} values=${values} label=${`${title} in the last minutes; the table below has the figures`} /></section>`;
}

/** What deserves attention. @param {{metrics: Metrics}} props */
function Attention({ metrics }) {
  const state = useStore(live.state);
  const known = useStore(sessions);
  const value = (/** @type {string} */ name) => metrics?.values.get(`rollcall_${name}`);
  const notes = [];
  if (state === "lost") notes.push("The connection to the server is lost: what you see is old.");
  if (value("ready") === 0) notes.push("The server is not ready: api/v1/ready says why.");
  if (value("auth_required") === 0) notes.push(html`There is no access control: everybody who reaches this server may do everything. <a href="#/access">Make a token</a>.`);
  if ((value("disk_free_bytes") ?? Infinity) < LITTLE_DISK) notes.push(`The disk has only ${bytes(value("disk_free_bytes") ?? 0)} left.`);
  if ((value("wal_bytes") ?? 0) > LARGE_WAL) notes.push(`The write-ahead log has ${bytes(value("wal_bytes") ?? 0)}: some program reads the file without an end.`);
  if ((value("write_failures_total") ?? 0) > 0) notes.push(`${counted(value("write_failures_total") ?? 0, "transaction")} failed since the start: the log says why.`);
  const backup = value("backup_last_success_timestamp_seconds");
  if (backup && backup * 1000 < Date.now() - BACKUP_HOURS * 3_600_000) notes.push(`The last backup was made ${fromNow(new Date(backup * 1000).toISOString())}.`);
  const old = Date.now() - FORGOTTEN_DAYS * 86_400_000;
  const forgotten = [...known.byId.values()].filter((session) => session.pinned && session.active_clients === 0 && Date.parse(session.last_activity) < old);
  if (forgotten.length) notes.push(`${counted(forgotten.length, "pinned session")} unused for ${FORGOTTEN_DAYS} days: the cleanup never removes what is pinned.`);
  return html`<section aria-label="What deserves attention">
    <h2>What deserves attention</h2>
    ${notes.length === 0 ? html`<p>Nothing at the moment.</p>` : notes.map((note) => html`<p class="warning">${note}</p>`)}
  </section>`;
}

/** @param {{metrics: Metrics}} props */
function Server({ metrics }) {
  const known = useStore(sessions);
  const { data: policy } = useResource("/sessions/cleanup", 0);
  if (known.loaded && known.total === 0) {
    return html`<${Empty} title="There is no session yet." command=${`curl -X POST ${API}/sessions -d '{"name": "board"}'`} />`;
  }
  const value = (/** @type {string} */ name) => metrics?.values.get(name);
  const started = value("process_start_time_seconds");
  const cleaned = value("rollcall_cleanup_last_success_timestamp_seconds");
  const backup = value("rollcall_backup_last_success_timestamp_seconds");
  const [file, log] = [value("rollcall_database_bytes"), value("rollcall_wal_bytes")];
  const disk = value("rollcall_disk_free_bytes");
  const at = (/** @type {number} */ seconds) => new Date(seconds * 1000).toISOString();
  return html`<section class="card"><h2>Server</h2><dl class="facts">
    <dt>Address</dt><dd>${new URL(API).host}</dd>
    ${metrics && html`<dt>Version</dt><dd>${metrics.version}</dd>`}
    ${started && html`<dt>Started</dt><dd><${Time} at=${at(started)} /></dd>`}
    ${file !== undefined && html`<dt>Database</dt><dd>${bytes(file + (log ?? 0))}</dd>`}
    ${disk !== undefined && html`<dt>Disk</dt><dd>${bytes(disk)} left</dd>`}
    ${!!backup && html`<dt>Last backup</dt><dd><${Time} at=${at(backup)} /></dd>`}
    ${cleaned !== undefined && html`<dt>Last cleanup</dt><dd>${cleaned ? html`<${Time} at=${at(cleaned)} />` : "none yet"}</dd>`}
    ${policy && html`<dt>Next cleanup</dt><dd>${nextCleanup(policy.interval_seconds, cleaned || started)}</dd>`}
  </dl></section>`;
}

/** @param {number | null} interval @param {number | undefined} last both in seconds */
function nextCleanup(interval, last) {
  if (interval === null) return "none is scheduled";
  if (!last) return `every ${span(interval * 1000)}`;
  // Cleanups on request do not move the schedule, so it may come earlier.
  return `within ${span(Math.max(0, (last + interval) * 1000 - Date.now()))}`;
}

/** Each minute's last sample. @param {{time: number[], clients: number[], count: number[], changes: number[]}} props */
function AsTable({ time, clients, count, changes }) {
  const step = 60 / SAMPLE_SECONDS;
  const rows = time.map((_, place) => place).filter((place) => (time.length - 1 - place) % step === 0).reverse();
  return html`<div class="scroll" role="region" aria-label="Figures by the minute" tabindex="0"><table>
    <thead><tr><th scope="col">When</th><th scope="col" class="number">Clients</th><th scope="col" class="number">Sessions</th>
      <th scope="col" class="number">Changes a second</th></tr></thead>
    <tbody>${rows.map((place) => html`<tr key=${time[place]}><th scope="row">${fromNow(new Date(time[place] * 1000).toISOString())}</th>
      <td class="number">${clients[place].toLocaleString("en")}</td><td class="number">${count[place].toLocaleString("en")}</td>
      <td class="number">${changes[place].toLocaleString("en")}</td></tr>`)}</tbody>
  </table></div>`;
}
