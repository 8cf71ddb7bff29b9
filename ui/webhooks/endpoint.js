import { html, useState } from "../preact.js";
import { call, useResource } from "../api.js";
import { counted } from "../format.js";
import { ActionButton, Copy, Dialog, Problem, Time, useTitle } from "../parts.js";
import { href } from "../route.js";
import { useActivity } from "./activity.js";
import { Answer, answerTo } from "./answers.js";
import { Deliveries } from "./deliveries.js";
import { Fields, SecretDialog, State, readFields, scopeOf } from "./form.js";

/** @typedef {import("../types.js").Webhook} Webhook */

/** One endpoint: whether it works, what to do about it, and its messages. @param {{id: string}} props */
export function EndpointPage({ id }) {
  const path = `/webhooks/${encodeURIComponent(id)}`;
  const [version, reload] = useActivity();
  const { data, error } = useResource(path, version);
  /** @type {Webhook | null} */
  const webhook = data;
  const [dialog, setDialog] = useState("");
  const [secret, setSecret] = useState("");
  const [problem, setProblem] = useState(/** @type {Error | null} */ (null));
  const [tested, setTested] = useState(/** @type {unknown} */ (""));
  useTitle(webhook?.url ?? "Webhook");
  const close = () => setDialog("");
  async function test() {
    setTested("Waiting for an answer…");
    try {
      const { message_id } = await call("POST", `${path}/test`);
      const delivery = await answerTo(path, message_id);
      setTested(delivery ? html`The test message: <${Answer} delivery=${delivery} />` : "No answer yet: the test message waits behind others.");
    } catch (failure) {
      setTested("");
      throw failure;
    }
    reload();
  }
  const crumbs = html`<p class="crumbs"><a href=${href("webhooks")}>All webhooks</a></p>`;
  if (!webhook) return html`${crumbs}<h1>Webhook</h1><${Problem} error=${error} />${!error && html`<p role="status">Loading…</p>`}`;
  return html`${crumbs}
    <h1>${webhook.url}</h1>
    <p class="about"><span class="id">${webhook.endpoint_id}</span> <${Copy} text=${webhook.endpoint_id} label="Copy the id" /></p>
    <p class="about"><span>${scopeOf(webhook)}</span><span>created <${Time} at=${webhook.created_at} /></span></p>
    <p class=${webhook.enabled && !webhook.failing_since ? "note" : "warning"}><${State} webhook=${webhook} /> <${How} webhook=${webhook} /></p>
    <div class="actions">
      <${ActionButton} class="primary" run=${test} onError=${setProblem} disabled=${!webhook.enabled}>Send a test message<//>
      ${webhook.enabled
        ? html`<${ActionButton} key="off" onError=${setProblem} run=${async () => { await call("PATCH", path, { enabled: false }); reload(); }}>Switch off<//>`
        : html`<${ActionButton} key="on" onError=${setProblem} run=${async () => { await call("POST", `${path}/enable`); reload(); }}>Switch on<//>`}
      <button type="button" onClick=${() => setDialog("edit")}>Edit…</button>
      <button type="button" onClick=${() => setDialog("rotate")}>New secret…</button>
      <button type="button" class="danger" onClick=${() => setDialog("remove")}>Remove…</button>
    </div>
    <${Problem} error=${error ?? problem} />
    <p role="status">${tested}</p>
    <${Deliveries} path=${path} version=${version} reload=${reload} isOn=${webhook.enabled} />
    ${dialog === "edit" && html`<${Dialog} title="Edit the webhook" action="Save" close=${close}
      submit=${async (/** @type {FormData} */ form) => { await call("PATCH", path, readFields(form)); reload(); }}>
      <${Fields} webhook=${webhook} /><//>`}
    ${dialog === "rotate" && html`<${Dialog} title="Make a new secret?" action="Make it" close=${close}
      submit=${async () => setSecret((await call("POST", `${path}/rotate`)).secret)}>
      <p>For 24 hours messages have two signatures, by the new secret and by the old one. Then the old one ends.</p><//>`}
    ${dialog === "remove" && html`<${Dialog} title="Remove the webhook?" action="Remove" danger close=${close}
      submit=${async () => { await call("DELETE", path); location.hash = href("webhooks"); }}>
      <p>${webhook.url} is sent nothing more, and its messages go with it.
        ${webhook.pending > 0 && html` <strong>${counted(webhook.pending, "message")} that ${webhook.pending === 1 ? "waits" : "wait"} will not be sent.</strong>`}</p><//>`}
    ${secret && html`<${SecretDialog} secret=${secret} close=${() => setSecret("")} />`}`;
}

const REASONS = {
  request: "Somebody switched it off",
  gone: "It was switched off because it answered 410 Gone",
  failing: "It was switched off after five days in which every attempt failed",
};

/** How it is, in a sentence. @param {{webhook: Webhook}} props */
function How({ webhook: { enabled, disabled_at, disabled_reason, failing_since, pending } }) {
  const waiting = pending > 0 && ` ${counted(pending, "message")} ${pending === 1 ? "waits" : "wait"}.`;
  if (!enabled) return html`${disabled_reason && REASONS[disabled_reason]}, ${disabled_at && html`<${Time} at=${disabled_at} />`}. Nothing is sent.${waiting}`;
  return failing_since
    ? html`Each attempt fails; the first one failed <${Time} at=${failing_since} />.${waiting} A message is tried for three days, ever more rarely, and then given up.`
    : html`Messages are sent as things happen.${waiting}`;
}
