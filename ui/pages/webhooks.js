import { html, useState } from "../preact.js";
import { API, call, useResource } from "../api.js";
import { Dialog, Empty, Problem, Time, useTitle } from "../parts.js";
import { href } from "../route.js";
import { useActivity } from "../webhooks/activity.js";
import { Answer } from "../webhooks/answers.js";
import { EndpointPage } from "../webhooks/endpoint.js";
import { Fields, SecretDialog, State, readFields, scopeOf } from "../webhooks/form.js";

/** @typedef {import("../types.js").Webhook} Webhook */
/** @typedef {import("../types.js").Delivery} Delivery */

/** Of how many of its newest messages an endpoint's answers are looked for, and how many are shown. */
const LOOKED_AT = 20;
const ANSWERS = 3;

/** @param {{route: string[]}} props */
export function WebhooksPage({ route: [id] }) {
  return id ? html`<${EndpointPage} id=${id} />` : html`<${WebhookList} />`;
}

/** All endpoints. */
function WebhookList() {
  useTitle("Webhooks");
  const [version, reload] = useActivity();
  const { data, error } = useResource("/webhooks", version);
  const [isCreating, setCreating] = useState(false);
  const [secret, setSecret] = useState("");
  /** @type {Webhook[]} */
  const webhooks = data?.webhooks ?? [];
  const create = html`<button type="button" class="primary" onClick=${() => setCreating(true)}>Create a webhook</button>`;
  return html`<div class="heading"><h1>Webhooks</h1>${webhooks.length > 0 && create}</div>
    <p>A webhook notifies a server of yours of what happens to sessions: it is sent a signed <code>POST</code>, until it answers 2xx.</p>
    <${Problem} error=${error} />
    ${!data && !error && html`<p role="status">Loading…</p>`}
    ${data && (webhooks.length === 0
      ? html`<${Empty} title="There is no webhook yet." command=${`curl -X POST ${API}/webhooks -d '{"url": "https://example.org/hooks"}'`}>
          <p>Create one with the address at which your server takes messages. You then get the secret that they are signed with.</p>
          <p>${create}</p><//>`
      : html`<${Table} webhooks=${webhooks} version=${version} />`)}
    ${isCreating && html`<${Dialog} title="Create a webhook" action="Create" close=${() => setCreating(false)}
      submit=${async (/** @type {FormData} */ form) => { setSecret((await call("POST", "/webhooks", readFields(form))).secret); reload(); }}>
      <${Fields} /><//>`}
    ${secret && html`<${SecretDialog} secret=${secret} close=${() => setSecret("")} />`}`;
}

/** @param {{webhooks: Webhook[], version: number}} props */
function Table({ webhooks, version }) {
  return html`<div class="scroll" role="region" aria-label="Webhooks" tabindex="0"><table class="stack webhooks">
    <thead><tr><th scope="col">URL</th><th scope="col">Messages</th><th scope="col">State</th><th scope="col">Last answers</th>
      <th scope="col" class="number">Waiting</th></tr></thead>
    <tbody>${webhooks.map((webhook) => html`<tr key=${webhook.endpoint_id}>
      <th scope="row"><a href=${href("webhooks", webhook.endpoint_id)}>${webhook.url}</a></th>
      <td>${scopeOf(webhook)}</td>
      <td><${State} webhook=${webhook} /> <${Since} webhook=${webhook} /></td>
      <td data-label="answers"><${Answers} id=${webhook.endpoint_id} version=${version} /></td>
      <td class="number" data-label="waiting">${webhook.pending.toLocaleString("en")}</td></tr>`)}</tbody>
  </table></div>`;
}

const REASONS = { request: "by request", gone: "answered 410", failing: "failed for days" };

/** Since when it does not work, and why. @param {{webhook: Webhook}} props */
function Since({ webhook: { enabled, disabled_at, disabled_reason, failing_since } }) {
  const since = enabled ? failing_since : disabled_at;
  return since && html`<span class="quiet">${!enabled && disabled_reason && `${REASONS[disabled_reason]}, `}<${Time} at=${since} /></span>`;
}

/** The last answers of an endpoint, the newest first. @param {{id: string, version: number}} props */
function Answers({ id, version }) {
  const { data } = useResource(`/webhooks/${id}/deliveries?limit=${LOOKED_AT}`, version);
  if (!data) return html`<span class="none">…</span>`;
  /** @type {Delivery[]} */
  const deliveries = data.deliveries;
  const answered = deliveries.filter((delivery) => delivery.last_attempt_at !== null)
    .sort((a, b) => (`${a.last_attempt_at}` < `${b.last_attempt_at}` ? 1 : -1)).slice(0, ANSWERS);
  if (answered.length === 0) return html`<span class="none">none yet</span>`;
  return html`<ul class="answers">${answered.map((delivery) => html`<li><${Answer} delivery=${delivery} brief /></li>`)}</ul>`;
}
