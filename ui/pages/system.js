import { html, useState } from "../preact.js";
import { call, useResource, useVersion } from "../api.js";
import { bytes, counted } from "../format.js";
import { useMetrics } from "../metrics.js";
import { ActionButton, Copy, Problem, Time, useTitle } from "../parts.js";
import { Figures } from "../system/figures.js";
import { Settings } from "../system/settings.js";

/** @typedef {import("../types.js").Setting} Setting */

/** How the server is set up, and how it is. */
export function SystemPage() {
  useTitle("System");
  const [metrics, readAgain] = useMetrics();
  const [version, reload] = useVersion();
  const { data, error } = useResource("/admin/settings", version);
  /** @type {Setting[]} */
  const settings = data?.settings ?? [];
  const setting = (/** @type {string} */ name) => settings.find((setting) => setting.name === name)?.value;
  const backup = metrics?.value("rollcall_backup_last_success_timestamp_seconds");
  return html`<h1>System</h1>
    <${Problem} error=${error} />
    ${!data && !error && html`<p role="status">Loading…</p>`}
    <div class="cards">
      ${(data || metrics) && html`<${Backup} last=${backup} folder=${setting("backup_dir")} database=${setting("database")} done=${readAgain} />`}
      ${data && html`<${LogFilter} filter=${data.log_filter} done=${reload} />`}
    </div>
    ${metrics && html`<section class="part" aria-labelledby="figures">
      <div class="heading"><h2 id="figures">Figures now</h2><button type="button" onClick=${readAgain}>Read again</button></div>
      <p class="quiet">A selection. All of them are at <a href="metrics">/metrics</a>, for Prometheus.</p>
      <${Figures} metrics=${metrics} /></section>`}
    ${data && html`<section class="part" aria-labelledby="settings"><h2 id="settings">Settings in force</h2>
      <${Settings} settings=${settings} file=${data.config_file} /></section>`}`;
}

/** The last backup, and how to make one. @param {{last: number | undefined, folder?: string | null, database?: string | null, done: () => void}} props */
function Backup({ last, folder, database, done }) {
  const [problem, setProblem] = useState(/** @type {Error | null} */ (null));
  const [made, setMade] = useState("");
  const command = `rollcall backup rollcall.db.backup --database ${database ?? "rollcall.db"}`;
  async function backUp() {
    setMade("");
    const { file, bytes: size, sessions, duration_seconds } = await call("POST", "/admin/backup");
    setMade(`${file} has ${counted(sessions, "session")} in ${bytes(size)}, and took ${duration_seconds.toFixed(1)} s.`);
    done();
  }
  return html`<section class="card"><h2>Backup</h2>
    ${last !== undefined && html`<p>${last ? html`The last one was made <strong><${Time} at=${new Date(last * 1000).toISOString()} /></strong>.` : "None was made yet."}
      <span class="quiet"> Copies by other programs do not count.</span></p>`}
    ${folder
      ? html`<p><${ActionButton} class="primary" run=${backUp} onError=${setProblem}>Back up now<//> <span class="quiet">into <code>${folder}</code></span></p>`
      : html`<p>On the machine of the server:</p>
          <div class="command"><pre tabindex="0"><code>${command}</code></pre><${Copy} text=${command} /></div>
          <p class="quiet">With the setting <code>backup_dir</code> there is a button for it here.</p>`}
    <${Problem} error=${problem} />
    <p role="status">${made}</p></section>`;
}

/** What the log says, for as long as the server runs. @param {{filter: string, done: () => void}} props */
function LogFilter({ filter, done }) {
  const [problem, setProblem] = useState(/** @type {Error | null} */ (null));
  const [said, setSaid] = useState("");
  /** @param {SubmitEvent} event */
  async function change(event) {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    setProblem(null);
    setSaid("");
    try {
      const { log_filter } = await call("PUT", "/admin/log_filter", { log_filter: `${form.get("filter")}`.trim() });
      setSaid(`The log is filtered by ${log_filter} now.`);
      done();
    } catch (failure) {
      setProblem(/** @type {Error} */ (failure));
    }
  }
  return html`<section class="card"><h2>Log</h2>
    <form onSubmit=${change}>
      <label>Log filter<input class="code" name="filter" required autocomplete="off" spellcheck="false" defaultValue=${filter} aria-describedby="filter-help" /></label>
      <p id="filter-help" class="quiet"><code>warn</code> says less, <code>debug</code> more, and <code>info,rollcall::live=debug</code> more of one part.
        It holds until the next start, or until a reload by SIGHUP.</p>
      <button>Change the filter</button>
    </form>
    <${Problem} error=${problem} />
    <p role="status">${said}</p></section>`;
}
