import { html, useState } from "../preact.js";
import { call, useResource } from "../api.js";
import { counted, exact, fromNow, title } from "../format.js";
import { ActionButton, Dialog, Problem, Time } from "../parts.js";
import { href } from "../route.js";
import { sessions } from "../sessions.js";

/** @typedef {import("../types.js").CleanupStatus} CleanupStatus */

/** Why a session stays, in words. @type {Record<string, string>} */
export const REASONS = {
  has_clients: "somebody is in it",
  pinned: "it is pinned",
  active_recently: "it was active recently",
};

/** Why the session stays, or when it goes. @param {{status: CleanupStatus | null}} props */
export function Why({ status }) {
  if (!status) return html`<p class="why note">…</p>`;
  if (status.removable) {
    return html`<p class="why warning"><strong>May go at any moment:</strong> the next cleanup removes it, unless somebody uses it before.</p>`;
  }
  const reasons = status.reasons.map((reason) => REASONS[reason] ?? reason).join(", and ");
  return html`<p class="why note"><strong>Stays</strong> because ${reasons}.
    ${status.removable_at && html` May go <time datetime=${status.removable_at}>${fromNow(status.removable_at)}, on ${exact(status.removable_at)}</time>, if nothing happens in it until then.`}</p>`;
}

/** When the session goes, and what keeps it. @param {{model: import("./model.js").SessionModel, session: import("../types.js").Session}} props */
export function Cleanup({ model, session }) {
  const status = useResource(`/sessions/${model.id}/cleanup`, model.versions.metadata);
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const [said, setSaid] = useState("");
  const [dialog, setDialog] = useState("");
  const path = `/sessions/${model.id}`;
  /** @param {object} changes @param {string} text */
  async function change(changes, text) {
    await call("PATCH", path, changes);
    setSaid(text);
  }
  /** @type {CleanupStatus | null} */
  const data = status.data;
  return html`
    <${Problem} error=${status.error ?? error} />
    <div class="cards">
      <section class="card"><h2>What counts</h2>
        <dl class="facts">
          <dt>Clients</dt><dd>${session.active_clients.toLocaleString("en")}</dd>
          <dt>Pinned</dt><dd>${session.pinned ? "yes" : "no"}</dd>
          <dt>Last active</dt><dd><${Time} at=${session.last_activity} /></dd>
          <dt>Last change</dt><dd>${data?.last_command_at ? html`<${Time} at=${data.last_command_at} />` : "never"}</dd>
          <dt>May idle for</dt><dd>${session.idle_timeout_hours === null ? "as long as the server allows" : counted(session.idle_timeout_hours, "hour")}</dd>
        </dl>
      </section>
      <section class="card"><h2>Keep it</h2>
        <div class="actions">
          <${ActionButton} onError=${setError} run=${() => change({ pinned: !session.pinned }, session.pinned ? "No longer pinned." : "Pinned: the cleanup leaves it alone.")}>
            ${session.pinned ? "Unpin" : "Pin"}<//>
          <${ActionButton} onError=${setError} run=${async () => {
            await call("POST", `${path}/touch`);
            model.versions.metadata += 1;
            model.store.changed();
            setSaid("It counts as active now.");
          }}>Touch<//>
          <button type="button" onClick=${() => setDialog("timeout")}>Own timeout…</button>
        </div>
        <p role="status">${said}</p>
        <p class="quiet">A pinned session is never removed by the cleanup. A touch counts as activity, without a connection.</p>
      </section>
      <section class="card"><h2>Let it go</h2>
        <p class="quiet">Its clients are notified, and leave it.</p>
        <button type="button" class="danger" onClick=${() => setDialog("remove")}>Remove this session…</button>
      </section>
    </div>
    ${dialog === "timeout" && html`<${Dialog} title="How long may it idle?" action="Save" close=${() => setDialog("")}
      submit=${(/** @type {FormData} */ form) => {
        const hours = `${form.get("hours")}`.trim();
        return change({ idle_timeout_hours: hours === "" ? null : Number(hours) }, "Saved.");
      }}>
      <label>Hours<input name="hours" type="number" min="0" max="876000" step="any" autofocus defaultValue=${session.idle_timeout_hours ?? ""} aria-describedby="hours-help" /></label>
      <p id="hours-help" class="quiet">Empty: as long as the server allows.</p>
    <//>`}
    ${dialog === "remove" && html`<${Dialog} title=${`Remove ${title(session)}?`} action="Remove" danger close=${() => setDialog("")}
      submit=${async () => {
        await call("DELETE", path);
        sessions.value.remove(model.id);
        location.hash = href("sessions");
      }}>
      <p>Its content (${counted(session.node_count, "node")}) and history go with it.
        ${session.active_clients > 0 && html` <strong>${counted(session.active_clients, "client")} will be out.</strong>`}</p>
    <//>`}`;
}
