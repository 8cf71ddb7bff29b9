import { html, useState } from "../preact.js";
import { call, useResource } from "../api.js";
import { fromNow } from "../format.js";
import { ActionButton, Copy, Dialog, Empty, Problem, Time, useTitle } from "../parts.js";
import { Store, useStore } from "../store.js";
import { signOut } from "./sign-in.js";

/** @typedef {import("../types.js").ServiceToken} ServiceToken */

/** A token that was made just now. It is shown whatever the page is about by then: the first one signs the page out. */
const newToken = new Store(/** @type {string} */ (""));

/** What each scope allows; each includes the one before it. */
const SCOPES = {
  read: "read sessions, content, events and metrics",
  write: "also create, change and remove sessions",
  admin: "also clean up, kick clients, and make tokens",
};

/** Service tokens: who may use the API. */
export function AccessPage() {
  useTitle("Access");
  const [version, setVersion] = useState(0);
  const { data, error } = useResource("/tokens", version);
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState(/** @type {ServiceToken | null} */ (null));
  const [problem, setProblem] = useState(/** @type {Error | null} */ (null));
  /** @type {ServiceToken[]} */
  const tokens = data?.tokens ?? [];
  const reload = () => setVersion((version) => version + 1);
  return html`<div class="heading"><h1>Access</h1>
      <div class="actions">
        ${!error && html`<button type="button" class="primary" onClick=${() => setMaking(true)}>Make a token</button>`}
        <${ActionButton} run=${signOut} onError=${setProblem}>Sign out<//>
      </div></div>
    <p>A program sends a token with each request: <code>Authorization: Bearer rct_…</code>. This page takes one once, and keeps a cookie of 12 hours.</p>
    <${Problem} error=${error ?? problem} />
    ${data && (tokens.length === 0
      ? html`<${Empty} title="There is no token." command="rollcall token create NAME --scope admin">
          <p>With the first one the server asks everybody for a token, this page as well: make one of scope <strong>admin</strong> first.</p><//>`
      : html`<${TokenTable} tokens=${tokens} revoke=${setRevoking} />`)}
    ${making && html`<${MakeDialog} first=${data && tokens.length === 0} close=${() => { setMaking(false); reload(); }} />`}
    ${revoking && html`<${Dialog} title=${`Revoke ${revoking.name}?`} action="Revoke" danger close=${() => setRevoking(null)}
      submit=${async () => { await call("DELETE", `/tokens/${revoking.id}`); reload(); }}>
      <p>It is refused from now on, and the live connections that it has opened end.</p><//>`}`;
}

/** @param {{tokens: ServiceToken[], revoke: (token: ServiceToken) => void}} props */
function TokenTable({ tokens, revoke }) {
  return html`<div class="scroll" role="region" aria-label="Tokens" tabindex="0"><table class="stack">
    <thead><tr><th scope="col">Name</th><th scope="col">Scope</th><th scope="col">Project</th><th scope="col">Last used</th>
      <th scope="col">State</th><th scope="col"><span class="hidden">Action</span></th></tr></thead>
    <tbody>${tokens.map((token) => html`<tr key=${token.id}>
      <th scope="row">${token.name} <span class="id">${token.id}</span></th>
      <td data-label="scope">${token.scope}</td>
      <td data-label="project">${token.project_id ?? html`<span class="none">all</span>`}</td>
      <td data-label="last used">${token.last_used_at ? html`<${Time} at=${token.last_used_at} />` : html`<span class="none">never</span>`}</td>
      <td>${state(token)}</td>
      <td class="number">${!token.revoked_at && html`<button type="button" class="small danger" onClick=${() => revoke(token)}>
        Revoke<span class="hidden"> ${token.name}</span></button>`}</td></tr>`)}</tbody>
  </table></div>`;
}

/** @param {ServiceToken} token */
function state({ revoked_at, expires_at }) {
  if (revoked_at) return html`<span class="tag warn">revoked</span> <${Time} at=${revoked_at} />`;
  if (!expires_at) return "valid, no expiry";
  return Date.parse(expires_at) < Date.now()
    ? html`<span class="tag warn">expired</span> <${Time} at=${expires_at} />`
    : html`valid, ends <time datetime=${expires_at}>${fromNow(expires_at)}</time>`;
}

/** @param {{first: boolean, close: () => void}} props */
function MakeDialog({ first, close }) {
  /** @param {FormData} form */
  async function submit(form) {
    const text = (/** @type {string} */ name) => `${form.get(name)}`.trim() || undefined;
    const made = await call("POST", "/tokens", {
      name: text("name"), scope: text("scope"), project_id: text("project"), expires_in: text("expires"),
    });
    newToken.set(made.token);
  }
  return html`<${Dialog} title="Make a token" action="Make" submit=${submit} close=${close}>
    <label>Name<input name="name" required maxlength="200" autofocus autocomplete="off" /></label>
    <fieldset><legend>Scope</legend>${Object.entries(SCOPES).map(([scope, text]) => html`<label class="check">
      <input type="radio" name="scope" value=${scope} defaultChecked=${scope === (first ? "admin" : "read")} /> <span><strong>${scope}</strong>: ${text}</span></label>`)}</fieldset>
    <label>Only for the project<input name="project" maxlength="1024" autocomplete="off" placeholder="All projects" /></label>
    <label>Valid for<input name="expires" pattern="[1-9][0-9]{0,2}[smhd]" autocomplete="off" placeholder="90d; for ever unless given" /></label>
  <//>`;
}

/** Shows a token that was made, once. */
export function NewToken() {
  const token = useStore(newToken);
  return token && html`<${Dialog} title="The token is shown only now" action="I have it" close=${() => newToken.set("")}>
    <p>The server keeps only its hash. Store it where your secrets are.</p>
    <div class="command"><pre tabindex="0"><code>${token}</code></pre><${Copy} text=${token} /></div>
  <//>`;
}
