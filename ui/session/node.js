import { html, useState } from "../preact.js";
import { call } from "../api.js";
import { counted } from "../format.js";
import { Copy, Dialog } from "../parts.js";
import { PAGE_CLIENT } from "./history.js";

/** @typedef {import("../types.js").TreeNode} TreeNode */

/** What one node has, and what can be done with it. @param {{model: import("./model.js").SessionModel, node?: TreeNode}} props */
export function NodePanel({ model, node }) {
  const [dialog, setDialog] = useState(/** @type {{name: string, property?: string}} */ ({ name: "" }));
  if (!node) return html`<section class="card"><h2>No node is selected</h2><p class="quiet">Select one to see its properties.</p></section>`;
  const path = model.tree.ancestors(node).map((above) => above.name || "(no name)");
  const properties = Object.entries(node.properties);
  const close = () => setDialog({ name: "" });
  /** @param {string} command_type @param {object} data */
  const execute = (command_type, data) =>
    call("POST", `/sessions/${model.id}/commands`, { command_type, data: { node_id: node.id, ...data }, client_id: PAGE_CLIENT });
  return html`<section class="card" aria-label="Selected node">
    <h2>${node.name || "(no name)"}</h2>
    <dl class="facts">
      <dt>Kind</dt><dd>${node.blueprint_type_id}</dd>
      ${path.length > 0 && html`<dt>Below</dt><dd>${path.join(" › ")}</dd>`}
      <dt>Children</dt><dd>${node.children.length.toLocaleString("en")}</dd>
      <dt>Id</dt><dd class="json">${node.id}</dd>
    </dl>
    <div class="actions">
      <button type="button" class="small" onClick=${() => setDialog({ name: "rename" })}>Rename…</button>
      <button type="button" class="small" onClick=${() => setDialog({ name: "set" })}>Set a property…</button>
      <${Copy} text=${node.id} label="Copy the id" />
      <button type="button" class="small danger" onClick=${() => setDialog({ name: "delete" })}>Delete…</button>
    </div>
    <h3>Properties</h3>
    ${properties.length === 0 ? html`<p class="quiet">It has none.</p>` : html`<div class="scroll" role="region" aria-label="Properties" tabindex="0"><table>
      <thead><tr><th scope="col">Property</th><th scope="col">Value</th><th scope="col"><span class="hidden">Action</span></th></tr></thead>
      <tbody>${properties.map(([name, value]) => html`<tr key=${name}><th scope="row">${name}</th><td><span class="json">${JSON.stringify(value)}</span></td>
        <td class="number"><button type="button" class="small" onClick=${() => setDialog({ name: "set", property: name })}>Edit<span class="hidden"> ${name}</span></button></td></tr>`)}</tbody>
    </table></div>`}
    ${dialog.name === "rename" && html`<${Dialog} title="Rename the node" action="Rename" close=${close}
      submit=${(/** @type {FormData} */ form) => execute("RenameNode", { name: form.get("name") })}>
      <label>Name<input name="name" defaultValue=${node.name} autofocus autocomplete="off" /></label><//>`}
    ${dialog.name === "delete" && html`<${Dialog} title=${`Delete ${node.name || "the node"}?`} action="Delete" danger close=${close} submit=${() => execute("DeleteNode", {})}>
      <p>${node.children.length ? `All that is below it (${counted(node.children.length, "child", "children")}) goes, too. ` : ""}Undo brings it back.</p><//>`}
    ${dialog.name === "set" && html`<${PropertyDialog} node=${node} property=${dialog.property} execute=${execute} close=${close} />`}
  </section>`;
}

/** @param {{node: TreeNode, property?: string, execute: (type: string, data: object) => Promise<unknown>, close: () => void}} props */
function PropertyDialog({ node, property, execute, close }) {
  /** @param {FormData} form */
  async function submit(form) {
    const property_id = property ?? `${form.get("property")}`;
    if (form.has("remove")) return execute("DeleteProperty", { property_id });
    return execute("UpdateProperty", { property_id, value: valueOf(`${form.get("value")}`) });
  }
  const value = property === undefined ? "" : JSON.stringify(node.properties[property]);
  return html`<${Dialog} title=${property === undefined ? "Set a property" : `Set ${property}`} action="Save" submit=${submit} close=${close}>
    ${property === undefined && html`<label>Property<input name="property" autofocus autocomplete="off" /></label>`}
    <label>Value<textarea name="value" class="code" rows="4" aria-describedby="value-help" autofocus=${property !== undefined}>${value}</textarea></label>
    <p id="value-help" class="quiet">JSON; what is no JSON is taken as text.</p>
    ${property !== undefined && html`<label class="check"><input type="checkbox" name="remove" /> Remove the property</label>`}
  <//>`;
}

/** @param {string} text */
function valueOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
