import { html } from "../preact.js";
import { bytes, span } from "../format.js";

/** @typedef {import("../metrics.js").Metrics} Metrics */
/** @typedef {{title: string, meaning: string, value: (metrics: Metrics) => unknown}} Figure */

const number = (/** @type {string} */ name) => (/** @type {Metrics} */ { value }) => value(name)?.toLocaleString("en", { maximumFractionDigits: 1 });
const size = (/** @type {string} */ name) => (/** @type {Metrics} */ { value }) => {
  const found = value(name);
  return found === undefined ? undefined : bytes(found);
};
/** What half of all took, and what nearly all took. @param {string} name */
const spread = (name) => (/** @type {Metrics} */ { within }) => {
  const [half, most] = [0.5, 0.99].map((share) => within(name, share));
  return half === undefined || most === undefined ? "none yet" : html`half ${upTo(half)}<br />99 % ${upTo(most)}`;
};

/** @param {number} seconds */
function upTo(seconds) {
  if (seconds === Infinity) return "longer";
  return `within ${seconds < 1 ? `${Number((seconds * 1000).toPrecision(3))} ms` : `${seconds} s`}`;
}

/** @type {Record<string, Figure[]>} */
const GROUPS = {
  Clients: [
    { title: "Connections", meaning: "live connections that are open, of all transports", value: number("rollcall_connections") },
    { title: "Clients", meaning: "those of them that are in a session", value: number("rollcall_clients") },
    { title: "Delivery", meaning: "from the commit of an event until it was sent to a client", value: spread("rollcall_delivery_lag_seconds") },
  ],
  Requests: [
    { title: "Answered", meaning: "HTTP requests since the start", value: number("rollcall_http_requests_total") },
    { title: "Duration", meaning: "until the head of a response was sent; a long poll waits for an event", value: spread("rollcall_http_request_duration_seconds") },
    { title: "Refused tokens", meaning: "a token was missing, not valid, or did not allow it", value: number("rollcall_auth_failures_total") },
    { title: "Refused origins", meaning: "a host or a web page that is not allowed", value: number("rollcall_origin_refused_total") },
    { title: "Over a limit", meaning: "too many connections, or too many requests of one caller", value: number("rollcall_rate_limited_total") },
  ],
  Changes: [
    { title: "Waiting", meaning: "changes that wait for the writer now; more than a few for long means that the disk is slow", value: number("rollcall_write_queue_jobs") },
    { title: "Commit", meaning: "how long a transaction took to reach the disk", value: spread("rollcall_commit_duration_seconds") },
    { title: "Commands", meaning: "changes of content since the start, also refused ones", value: number("rollcall_commands_total") },
    { title: "Events", meaning: "events that were committed since the start", value: number("rollcall_events_total") },
    { title: "Failed transactions", meaning: "since the start; the log says why", value: number("rollcall_write_failures_total") },
  ],
  File: [
    { title: "Database", meaning: "the size of the file", value: size("rollcall_database_bytes") },
    { title: "Free in it", meaning: "pages that new content uses first", value: size("rollcall_database_free_bytes") },
    { title: "Write-ahead log", meaning: "what was written and is not yet in the file itself", value: size("rollcall_wal_bytes") },
    { title: "Disk", meaning: "what the disk has left for the server", value: size("rollcall_disk_free_bytes") },
  ],
  Webhooks: [
    { title: "Waiting", meaning: "messages that wait for an attempt", value: number("rollcall_webhook_pending") },
    { title: "Oldest", meaning: "how long the oldest of them has waited", value: ({ value }) => seconds(value("rollcall_webhook_oldest_pending_seconds")) },
    { title: "Attempts", meaning: "how long receivers took to answer", value: spread("rollcall_webhook_delivery_duration_seconds") },
  ],
  Process: [
    { title: "Memory", meaning: "what the process holds in memory", value: size("process_resident_memory_bytes") },
    { title: "Processor", meaning: "time on all cores since the start", value: ({ value }) => seconds(value("process_cpu_seconds_total")) },
    { title: "Open files", meaning: "connections and files, and how many there may be", value: files },
  ],
};

/** @param {number | undefined} count */
function seconds(count) {
  return count === undefined ? undefined : span(count * 1000);
}

/** @param {Metrics} metrics */
function files({ value }) {
  const [open, most] = ["process_open_fds", "process_max_fds"].map((name) => value(name)?.toLocaleString("en"));
  return open && `${open} of ${most}`;
}

/** A selection of the metrics, and what they mean. @param {{metrics: Metrics}} props */
export function Figures({ metrics }) {
  return html`<div class="cards wide">${Object.entries(GROUPS).map(([group, figures]) => html`<section class="card" key=${group}>
    <h3>${group}</h3>
    <dl class="figures">${figures.map((figure) => {
      const value = figure.value(metrics);
      return value !== undefined && html`<div><dt>${figure.title}</dt><dd>${value}</dd><dd class="quiet">${figure.meaning}</dd></div>`;
    })}</dl></section>`)}</div>`;
}
