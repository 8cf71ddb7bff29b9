import { html, useState } from "../preact.js";
import { API, call, useResource } from "../api.js";
import { userName } from "../format.js";
import { Dialog, Empty, Problem, Time } from "../parts.js";

/** @typedef {import("../types.js").Client} Client */

/** Rows that are drawn at first, and that each click adds. */
const ROWS = 100;

/** Who is in the session. @param {{model: import("./model.js").SessionModel, session: import("../types.js").Session}} props */
export function People({ model, session }) {
  const { data, error } = useResource(`/sessions/${model.id}/clients`, model.versions.people);
  const [search, setSearch] = useState("");
  const [limit, setLimit] = useState(ROWS);
  const [leaving, setLeaving] = useState(/** @type {Client | null} */ (null));
  if (error) return html`<${Problem} error=${error} />`;
  if (!data) return html`<p role="status">Loading…</p>`;
  /** @type {Client[]} */
  const clients = data.clients;
  if (clients.length === 0) {
    return html`<${Empty} title="Nobody is in this session."
        command=${`{"type": "join_session", "session_id": "${session.session_id}", "user": {"name": "Ada"}}`}>
      <p>A client joins with this frame over the WebSocket at <code>${API.replace(/^http/, "ws")}/ws</code>.${" "}
        <a href=${`#/try/${session.session_id}`}>Be a client yourself</a>.</p>
    <//>`;
  }
  const words = search.trim().toLowerCase();
  const found = clients.filter((client) => `${userName(client.user)} ${client.client_id}`.toLowerCase().includes(words));
  return html`
    <div class="toolbar"><label>Search<input type="search" placeholder="Name or client id" value=${search}
      onInput=${(/** @type {any} */ event) => setSearch(event.target.value)} /></label></div>
    <div class="scroll" role="region" aria-label="People" tabindex="0"><table class="stack">
      <thead><tr><th scope="col">Who</th><th scope="col">Transport</th><th scope="col">Since</th><th scope="col">Presence</th>
        <th scope="col"><span class="hidden">Action</span></th></tr></thead>
      <tbody>${found.slice(0, limit).map((client) => html`<tr key=${client.client_id}>
        <th scope="row">${userName(client.user) || html`<span class="none">no name</span>`}<br /><span class="id client">${client.client_id}</span></th>
        <td data-label="by">${client.transport}</td>
        <td data-label="since"><${Time} at=${client.connected_at} /></td>
        <td data-label="presence"><${Presence} value=${model.presence.has(client.client_id) ? model.presence.get(client.client_id) : client.presence} /></td>
        <td class="number"><button type="button" class="small danger" onClick=${() => setLeaving(client)}>
          Kick<span class="hidden"> ${userName(client.user) || client.client_id}</span></button></td>
      </tr>`)}</tbody>
    </table></div>
    ${found.length > limit && html`<p><button type="button" onClick=${() => setLimit(limit + ROWS)}>Show ${Math.min(ROWS, found.length - limit)} more</button></p>`}
    ${leaving && html`<${Kick} id=${session.session_id} client=${leaving} close=${() => setLeaving(null)} />`}`;
}

/** @param {{value: unknown}} props */
function Presence({ value }) {
  return value == null ? html`<span class="none">none</span>` : html`<span class="json">${JSON.stringify(value)}</span>`;
}

/** @param {{id: string, client: Client, close: () => void}} props */
function Kick({ id, client, close }) {
  const who = userName(client.user) || client.client_id;
  return html`<${Dialog} title=${`Kick ${who}?`} action="Kick" danger close=${close}
    submit=${() => call("DELETE", `/sessions/${id}/clients/${encodeURIComponent(client.client_id)}`)}>
    <p>The connection ends with the code 4403, at which its program does not come back. It leaves all its sessions.</p>
  <//>`;
}
