import { html } from "../preact.js";
import { API, useResource } from "../api.js";
import { Attention } from "../attention.js";
import { Chart } from "../chart.js";
import { bytes, fromNow, span, title } from "../format.js";
import { useMetrics } from "../metrics.js";
import { Empty, Time, useTitle } from "../parts.js";
import { href } from "../route.js";
import { samples } from "../samples.js";
import { sessions } from "../sessions.js";
import { useStore } from "../store.js";

/** @typedef {import("../metrics.js").Metrics} Metrics */

/** Sessions with the most clients that are named. */
const BUSIEST = 5;

/** @type {{title: string, column: "clients" | "sessions" | "commands" | "commit" | "waiting", unit?: string}[]} */
const CHARTS = [
  { title: "Clients", column: "clients" },
  { title: "Sessions", column: "sessions" },
  { title: "Commands", column: "commands", unit: "/s" },
  { title: "Commit time", column: "commit", unit: "ms" },
  { title: "Waiting changes", column: "waiting" },
];

/** How the server is. */
export function OverviewPage() {
  useTitle("Overview");
  const columns = useStore(samples);
  const charts = useStore(sessions).followsAll ? CHARTS : CHARTS.slice(0, 2);
  const [metrics] = useMetrics();
  const busiest = [...sessions.value.byId.values()]
    .filter((session) => session.active_clients > 0)
    .sort((a, b) => b.active_clients - a.active_clients)
    .slice(0, BUSIEST);
  return html`<h1>Overview</h1>
    <${Attention} metrics=${metrics} />
    <div class="cards charts">
      ${charts.map(({ title, column, unit }) => html`<${Figure} key=${title} title=${title} unit=${unit} time=${columns.time} values=${columns.time.length ? columns[column] : beforeTheFirst(column)} />`)}
    </div>
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
    <details><summary>The charts as a table</summary><${AsTable} columns=${columns} /></details>`;
}

/** What is known of the sessions themselves. @param {string} column */
function beforeTheFirst(column) {
  const { byId, total, loaded } = sessions.value;
  if (!loaded) return [];
  if (column === "sessions") return [total];
  return column === "clients" ? [[...byId.values()].reduce((sum, session) => sum + session.active_clients, 0)] : [];
}

/** @param {{title: string, unit?: string, time: number[], values: (number | null)[]}} props */
function Figure({ title, unit, time, values }) {
  // Nothing is committed while nothing happens: then the last commit counts.
  const last = values.findLast((value) => value !== null);
  return html`<section class="card"><h2>${title}</h2>
    <p class="figure">${shown(last)}${unit && last !== undefined && html` <small>${unit}</small>`}</p>
    <${Chart} time=${time} values=${values} label=${`${title} in the last minutes; the table below has the figures`} /></section>`;
}

/** @param {number | null | undefined} value */
function shown(value) {
  return value?.toLocaleString("en", { maximumFractionDigits: 1 }) ?? "…";
}

/** @param {{metrics: Metrics | null | undefined}} props */
function Server({ metrics }) {
  const known = useStore(sessions);
  const { data: policy } = useResource("/sessions/cleanup", 0);
  if (known.loaded && known.total === 0) {
    return html`<${Empty} title="There is no session yet." command=${`curl -X POST ${API}/sessions -d '{"name": "board"}'`} />`;
  }
  const value = (/** @type {string} */ name) => metrics?.value(name);
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
    ${backup !== undefined && html`<dt>Last backup</dt><dd>${backup ? html`<${Time} at=${at(backup)} />` : "none yet"}</dd>`}
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

/** The last sample of each minute, the newest first. @param {{columns: typeof samples.value}} props */
function AsTable({ columns }) {
  const { time } = columns;
  const minute = (/** @type {number} */ place) => Math.floor(time[place] / 60);
  const rows = time.map((_, place) => place).filter((place) => place === time.length - 1 || minute(place) !== minute(place + 1)).reverse();
  return html`<div class="scroll" role="region" aria-label="Figures by the minute" tabindex="0"><table>
    <thead><tr><th scope="col">When</th>
      ${CHARTS.map(({ title, unit }) => html`<th scope="col" class="number" key=${title}>${title}${unit && ` (${unit})`}</th>`)}</tr></thead>
    <tbody>${rows.map((place) => html`<tr key=${time[place]}><th scope="row">${fromNow(new Date(time[place] * 1000).toISOString())}</th>
      ${CHARTS.map(({ title, column }) => html`<td class="number" key=${title}>${shown(columns[column][place])}</td>`)}</tr>`)}</tbody>
  </table></div>`;
}
