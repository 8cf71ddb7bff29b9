import { html } from "./preact.js";
import { bytes, counted } from "./format.js";
import { live } from "./live.js";
import { Time } from "./parts.js";
import { href } from "./route.js";
import { sessions } from "./sessions.js";
import { useStore } from "./store.js";

/** @typedef {import("./metrics.js").Metrics} Metrics */

/** What is worth a look: a disk that fills, a log that does not shrink, a backup or pins that were forgotten. */
const LITTLE_DISK = 1024 ** 3;
const LARGE_WAL = 256 * 1024 ** 2;
const BACKUP_HOURS = 26;
const FORGOTTEN_DAYS = 30;

/** What deserves attention. @param {{metrics: Metrics | null | undefined}} props */
export function Attention({ metrics }) {
  const notes = [useStore(live.state) === "lost" && "The connection to the server is lost: what you see is old.",
    ...(metrics ? ofServer(metrics) : []), ...ofSessions(useStore(sessions))].filter(Boolean);
  return html`<section aria-labelledby="attention">
    <h2 id="attention">What deserves attention</h2>
    ${notes.map((note) => html`<p class="warning">${note}</p>`)}
    ${metrics === null && html`<p class="note">How the server is can't be said: it does not show its metrics to you.</p>`}
    ${metrics && notes.length === 0 && html`<p class="note">Nothing at the moment.</p>`}
  </section>`;
}

/** @param {Metrics} metrics */
function* ofServer({ value: read }) {
  const value = (/** @type {string} */ name) => read(`rollcall_${name}`);
  if (value("ready") === 0) yield html`The server is not ready: <a href="api/v1/ready">it says why</a>.`;
  if (value("auth_required") === 0) yield html`There is no access control: everybody who reaches this server may do everything. <a href=${href("access")}>Make a token</a>.`;
  const disk = value("disk_free_bytes") ?? Infinity;
  if (disk < LITTLE_DISK) yield `The disk has only ${bytes(disk)} left. Without room the server refuses changes.`;
  const wal = value("wal_bytes") ?? 0;
  if (wal > LARGE_WAL) yield html`The write-ahead log has ${bytes(wal)}: some program reads the database without an end.`;
  const failures = value("write_failures_total") ?? 0;
  if (failures > 0) yield `${counted(failures, "transaction")} failed since the start: the log says why.`;
  const failing = value('webhook_endpoints{state="failing"}') ?? 0;
  if (failing > 0) yield html`${counted(failing, "webhook")} ${failing === 1 ? "fails" : "fail"}: messages wait. <a href=${href("webhooks")}>See what was answered</a>.`;
  const off = value('webhook_endpoints{state="off"}') ?? 0;
  if (off > 0) yield html`${counted(off, "webhook")} ${off === 1 ? "was" : "were"} switched off because of failures: messages wait. <a href=${href("webhooks")}>See why</a>.`;
  yield ofBackup(value("backup_last_success_timestamp_seconds"), read("process_start_time_seconds"));
}

/** @param {number | undefined} backup @param {number | undefined} started both in seconds since 1970 */
function ofBackup(backup, started) {
  if (backup === undefined) return null;
  const advice = html`<a href=${href("system")}>How to make one</a>. Copies by other programs do not count.`;
  const long = Date.now() - BACKUP_HOURS * 3_600_000;
  if (backup > 0) return backup * 1000 < long && html`The last backup was made <${Time} at=${new Date(backup * 1000).toISOString()} />. ${advice}`;
  // People who try the server out since this morning get no warning.
  const oldest = Math.min((started ?? Infinity) * 1000, ...[...sessions.value.byId.values()].map(({ created_at }) => Date.parse(created_at)));
  return oldest < long && html`There is no backup yet. ${advice}`;
}

/** @param {typeof sessions.value} known */
function* ofSessions(known) {
  const old = Date.now() - FORGOTTEN_DAYS * 86_400_000;
  const forgotten = [...known.byId.values()].filter((session) => session.pinned && session.active_clients === 0 && Date.parse(session.last_activity) < old);
  if (forgotten.length) yield `${counted(forgotten.length, "pinned session")} unused for ${FORGOTTEN_DAYS} days: the cleanup never removes what is pinned.`;
}
