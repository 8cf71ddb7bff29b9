import { html, useState } from "../preact.js";
import { counted } from "../format.js";

/** @typedef {import("../types.js").Setting} Setting */

/** Where a value comes from; the later ones win over those before. */
const SOURCES = { default: "default", file: "settings file", environment: "environment", flag: "flag" };

/** The settings in force. @param {{settings: Setting[], file: string | null}} props */
export function Settings({ settings, file }) {
  const [search, setSearch] = useState("");
  const [isSetOnly, setSetOnly] = useState(false);
  const words = search.trim().toLowerCase();
  const found = settings.filter((setting) => (!isSetOnly || setting.source !== "default")
    && (!words || `${setting.name} ${setting.value} ${setting.help} ${setting.group}`.toLowerCase().includes(words)));
  const groups = [...new Set(found.map((setting) => setting.group))];
  const set = settings.filter((setting) => setting.source !== "default").length;
  return html`
    <p>A flag wins over the environment, that over ${file ? html`the settings file <code>${file}</code>` : "a settings file (there is none)"}, and that over the default.
      Most are read at the start only.</p>
    <div class="toolbar">
      <label>Search<input type="search" placeholder="Name, value or purpose" value=${search} onInput=${(/** @type {any} */ e) => setSearch(e.target.value)} /></label>
      <fieldset class="choice"><legend>Show</legend>
        <label><input type="radio" name="settings" checked=${!isSetOnly} onChange=${() => setSetOnly(false)} /><span>All <span class="count">${settings.length}</span></span></label>
        <label><input type="radio" name="settings" checked=${isSetOnly} onChange=${() => setSetOnly(true)} /><span>Set <span class="count">${set}</span></span></label>
      </fieldset>
    </div>
    <p class="results" role="status">${counted(found.length, "setting")}</p>
    ${found.length === 0
      ? html`<p>${isSetOnly && !words ? "Everything has its default." : "No setting is like that."}</p>`
      : html`<div class="scroll" role="region" aria-label="Settings in force" tabindex="0"><table class="stack settings">
        <thead><tr><th scope="col">Setting</th><th scope="col">Value</th><th scope="col">Comes from</th></tr></thead>
        ${groups.map((group) => html`<tbody key=${group}>
          <tr class="group"><th scope="rowgroup" colspan="3">${group}</th></tr>
          ${found.filter((setting) => setting.group === group).map((setting) => html`<tr key=${setting.name}>
            <th scope="row"><code>${setting.name}</code><br /><span class="quiet">${setting.help}</span></th>
            <td data-label="is">${setting.value === null ? html`<span class="none">not set</span>` : html`<code>${setting.value || '""'}</code>`}</td>
            <td data-label="from">${setting.source === "default" ? html`<span class="none">default</span>` : html`<strong>${SOURCES[setting.source]}</strong>`}</td></tr>`)}
        </tbody>`)}
      </table></div>`}`;
}
