import { html, useState } from "../preact.js";
import { call } from "../api.js";
import { counted } from "../format.js";
import { Dialog, Empty } from "../parts.js";
import { PAGE_CLIENT } from "./history.js";
import { NodePanel } from "./node.js";
import { search, visibleRows } from "./tree-rows.js";
import { TreeView } from "./tree-view.js";

/** The content: a tree, and what the selected node has. @param {{model: import("./model.js").SessionModel}} props */
export function TreePanel({ model }) {
  const { tree } = model;
  const [active, setActive] = useState("");
  const [closed, setClosed] = useState(/** @type {Set<string>} */ (new Set()));
  const [text, setText] = useState("");
  const [adding, setAdding] = useState(false);
  const words = text.trim().toLowerCase();
  const filter = search(tree, words);
  const rows = visibleRows(tree, closed, filter);
  const node = tree.nodes.get(active);
  /** @param {string} id @param {boolean} open */
  function toggle(id, open) {
    const next = new Set(closed);
    open ? next.delete(id) : next.add(id);
    setClosed(next);
  }
  const add = html`<button type="button" class="primary" onClick=${() => setAdding(true)}>Add a node</button>`;
  const dialog = adding && html`<${AddDialog} model=${model} parent=${node} close=${() => setAdding(false)} select=${setActive} />`;
  if (tree.nodes.size === 0) {
    return html`<${Empty} title="This session has no content yet."><p>The content is a tree of nodes, which commands change.</p><p>${add}</p><//>${dialog}`;
  }
  const parents = () => [...tree.nodes.values()].filter((node) => node.children.length).map((node) => node.id);
  return html`
    <div class="toolbar">
      <label>Search<input type="search" placeholder="Name, kind or id" value=${text} onInput=${(/** @type {any} */ e) => setText(e.target.value)} /></label>
      ${add}
      <button type="button" onClick=${() => setClosed(new Set(parents()))}>Close all</button>
      <button type="button" onClick=${() => setClosed(new Set())}>Open all</button>
    </div>
    <p class="results" role="status">${filter ? `${counted(filter.found.size, "match", "matches")} in ${counted(tree.nodes.size, "node")}` : counted(tree.nodes.size, "node")}</p>
    <div class="split">
      <${TreeView} ...${{ rows, active, words, select: setActive, toggle }} />
      <${NodePanel} key=${active} model=${model} node=${node} />
    </div>
    ${dialog}`;
}

/** @param {{model: import("./model.js").SessionModel, parent?: import("../types.js").TreeNode, close: () => void, select: (id: string) => void}} props */
function AddDialog({ model, parent, close, select }) {
  /** @param {FormData} form */
  async function submit(form) {
    const data = {
      name: form.get("name"), blueprint_type_id: form.get("kind"), parent_id: form.has("below") ? parent?.id : null,
    };
    const { result } = await call("POST", `/sessions/${model.id}/commands`, { command_type: "CreateNode", data, client_id: PAGE_CLIENT });
    select(result.node_id);
  }
  return html`<${Dialog} title="Add a node" action="Add" submit=${submit} close=${close}>
    <label>Name<input name="name" required autofocus autocomplete="off" /></label>
    <label>Kind<input name="kind" required value="item" autocomplete="off" aria-describedby="kind-help" /></label>
    <p id="kind-help" class="quiet">The <code>blueprint_type_id</code>: a text that the application chooses.</p>
    ${parent && html`<label class="check"><input type="checkbox" name="below" checked /> Below ${parent.name || "the selected node"}</label>`}
  <//>`;
}
