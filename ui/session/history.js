import { html, useState } from "../preact.js";
import { call, useResource } from "../api.js";
import { counted, shortId, userName } from "../format.js";
import { ActionButton, Empty, Problem, Time } from "../parts.js";

/** @typedef {import("../types.js").HistoryItem} HistoryItem */
/** @typedef {import("./model.js").SessionModel} Model */

/** What this page calls itself in the history. */
export const PAGE_CLIENT = "page";

/** The most commands in one response. */
const MAX_COMMANDS = 10_000;
/** Rows that are drawn at first, and that each click adds. */
const ROWS = 100;

/** Who made a change, as far as it is known. @param {Model} model @param {string | null} id */
export function whoMade(model, id) {
  if (id === null) return "unknown";
  if (id === PAGE_CLIENT) return "this page";
  return userName(model.users.get(id)) || shortId(id);
}

/** What was done, and what can be undone. @param {{model: Model}} props */
export function History({ model }) {
  const { data, error } = useResource(`/sessions/${model.id}/commands?limit=${MAX_COMMANDS}`, model.versions.content);
  const [whose, setWhose] = useState("");
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [limit, setLimit] = useState(ROWS);
  if (error) return html`<${Problem} error=${error} />`;
  if (!data) return html`<p role="status">Loading…</p>`;
  /** @type {HistoryItem[]} */
  const commands = data.commands.toReversed();
  if (commands.length === 0) {
    return html`<${Empty} title="Nothing was changed here yet."><p>Each command is a step that can be undone. Add a node${" "}
      <a href=${`#/sessions/${model.id}/tree`}>in the tree</a>.</p><//>`;
  }
  const people = [...new Set(commands.map((item) => item.client_id).filter((id) => id !== null))];
  const theirs = commands.filter((item) => !whose || item.client_id === whose);
  /** @param {"undo" | "redo"} action */
  const act = (action) => () => call("POST", `/sessions/${model.id}/${action}`,
    whose ? { scope: "client", client_id: whose } : { client_id: PAGE_CLIENT });
  return html`
    <div class="toolbar">
      <label class="narrow">Whose<select value=${whose} onChange=${(/** @type {any} */ e) => { setWhose(e.target.value); setProblem(null); }}>
        <option value="">Everybody's</option>
        ${people.map((id) => html`<option value=${id}>Only ${whoMade(model, id)}</option>`)}</select></label>
      <${ActionButton} run=${act("undo")} onError=${setProblem} disabled=${!theirs.some((item) => !item.undone)}>Undo${whose && " theirs"}<//>
      <${ActionButton} run=${act("redo")} onError=${setProblem} disabled=${!theirs.some((item) => item.redoable)}>Redo${whose && " theirs"}<//>
    </div>
    <${Problem} error=${problem} />
    ${problem?.details?.conflicts && html`<${Conflicts} model=${model} conflicts=${problem.details.conflicts} />`}
    <p class="results" role="status">${counted(theirs.length, "step")}${data.forgotten > 0 && `; ${counted(data.forgotten, "older one")} are no longer kept`}</p>
    <div class="scroll" role="region" aria-label="History, the newest first" tabindex="0"><table class="stack">
      <thead><tr><th scope="col">Command</th><th scope="col">Who</th><th scope="col">State</th><th scope="col">When</th>
        <th scope="col" class="number">Revision</th></tr></thead>
      <tbody>${theirs.slice(0, limit).map((item) => html`<tr key=${item.command_id} class=${item.undone ? "undone" : ""}>
        <th scope="row">${item.undone ? html`<s>${item.command_type}</s>` : item.command_type}</th>
        <td data-label="by" title=${item.client_id}>${whoMade(model, item.client_id)}</td>
        <td>${!item.undone ? "done" : html`<span class="tag warn">undone${item.redoable ? "" : ", for good"}</span>`}</td>
        <td><${Time} at=${item.timestamp} /></td>
        <td class="number" data-label="revision">${item.revision.toLocaleString("en")}</td></tr>`)}</tbody>
    </table></div>
    ${theirs.length > limit && html`<p><button type="button" onClick=${() => setLimit(limit + ROWS)}>Show ${Math.min(ROWS, theirs.length - limit)} more</button></p>`}`;
}

/** @param {{model: Model, conflicts: {node_id: string, reason: string, property_id?: string}[]}} props */
function Conflicts({ model, conflicts }) {
  return html`<div class="warning"><p>Others have changed since what this step touched:</p>
    <ul class="names">${conflicts.map(({ node_id, reason, property_id }) => html`<li>
      <strong>${model.tree.nodes.get(node_id)?.name ?? "A node"}</strong> <span class="id">${node_id}</span>
      ${property_id !== undefined && html`, property <code>${property_id}</code>,`} ${reason}</li>`)}</ul>
    <p>Undo those changes first, or make the change that you want as a new one.</p></div>`;
}
