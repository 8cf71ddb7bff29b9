import { html } from "../preact.js";
import { Copy, Dialog } from "../parts.js";

/** @typedef {import("../types.js").Webhook} Webhook */

/** What messages are about. `webhook.test` is sent to every endpoint, when somebody asks for it. */
const TYPES = {
  "session.created": "a session was created",
  "session.updated": "its name, project or another field was changed",
  "session.removed": "it was removed, on request or by the cleanup",
  "session.restored": "it is back, within the time for that",
  "session.emptied": "its last client has left",
  "client.joined": "a client has joined",
  "client.left": "a client has left",
  "content.changed": "its content was changed; at most one in 5 s for a session",
};

/** The fields of an endpoint in a dialog. @param {{webhook?: Webhook}} props */
export function Fields({ webhook }) {
  return html`
    <label>URL<input name="url" type="url" required maxlength="2048" autofocus autocomplete="off" placeholder="https://example.org/hooks" defaultValue=${webhook?.url ?? ""} /></label>
    <fieldset><legend>Messages</legend>
      <p class="quiet">All of them, unless some are ticked.</p>
      ${Object.entries(TYPES).map(([type, text]) => html`<label class="check">
        <input type="checkbox" name="type" value=${type} defaultChecked=${webhook?.types?.includes(type)} /> <span><code>${type}</code> ${text}</span></label>`)}
    </fieldset>
    <label>Only sessions of the project<input name="project" maxlength="1024" autocomplete="off" placeholder="All projects" defaultValue=${webhook?.project_id ?? ""} /></label>`;
}

/** What the fields say, with null for all. @param {FormData} form */
export function readFields(form) {
  const types = form.getAll("type");
  return { url: `${form.get("url")}`.trim(), types: types.length ? types : null, project_id: `${form.get("project")}`.trim() || null };
}

/** Shows a secret, once. @param {{secret: string, close: () => void}} props */
export function SecretDialog({ secret, close }) {
  return html`<${Dialog} title="The secret is shown only now" action="I have it" close=${close}>
    <p>Keep it where your server verifies messages, with a library of <a href="https://www.standardwebhooks.com">Standard Webhooks</a>.</p>
    <div class="command"><pre tabindex="0"><code>${secret}</code></pre><${Copy} text=${secret} /></div>
  <//>`;
}

/** Whether messages are sent, as a word. @param {{webhook: Webhook}} props */
export function State({ webhook }) {
  if (!webhook.enabled) return html`<span class="tag">off</span>`;
  return webhook.failing_since ? html`<span class="tag bad">failing</span>` : html`<span class="tag good">on</span>`;
}

/** Which messages it gets, and of which sessions. @param {Webhook} webhook */
export function scopeOf({ types, project_id }) {
  return `${types ? types.join(", ") : "all messages"}${project_id === null ? "" : `, of the project ${project_id}`}`;
}
