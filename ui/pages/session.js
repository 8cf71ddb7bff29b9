import { html, useEffect, useMemo, useState } from "../preact.js";
import { useResource } from "../api.js";
import { counted, exact, shortId, title } from "../format.js";
import { ActionButton, Copy, Empty, Problem, Time, useTitle } from "../parts.js";
import { href } from "../route.js";
import { SessionModel } from "../session/model.js";
import { Cleanup, Why } from "../session/cleanup.js";
import { Events } from "../session/events.js";
import { History } from "../session/history.js";
import { People } from "../session/people.js";
import { TreePanel } from "../session/tree-panel.js";
import { useStore } from "../store.js";

/** @type {Record<string, {title: string, panel: any, count?: (session: import("../types.js").Session) => number}>} */
const PANELS = {
  people: { title: "People", panel: People, count: (session) => session.active_clients },
  tree: { title: "Tree", panel: TreePanel, count: (session) => session.node_count },
  history: { title: "History", panel: History },
  events: { title: "Events", panel: Events },
  cleanup: { title: "Cleanup", panel: Cleanup },
};

/** @param {{id: string, panel?: string}} props */
export function SessionPage({ id, panel = "people" }) {
  const model = useMemo(() => new SessionModel(id), [id]);
  useEffect(() => model.start(), [model]);
  useStore(model.store);
  const { session, state } = model;
  const name = session ? title(session) : shortId(id);
  useTitle(name);
  const crumbs = html`<p class="crumbs"><a href=${href("sessions")}>All sessions</a></p>`;
  if (state === "loading") return html`${crumbs}<h1>${name}</h1><p role="status">Loading…</p>`;
  if (state !== "open" || !session) {
    return html`${crumbs}<h1>${name}</h1>
      <${Empty} title=${state === "removed" ? "This session was removed." : "This session can't be shown."}>
        <${End} error=${model.error} />
        <${Restore} model=${model} />
        <p><a href=${href("sessions")}>All sessions</a></p>
      <//>`;
  }
  const Panel = PANELS[panel]?.panel ?? People;
  return html`${crumbs}
    <${Head} model=${model} session=${session} />
    <nav class="tabs" aria-label="This session">
      ${Object.entries(PANELS).map(([name, { title, count }]) => html`<a href=${href("sessions", id, name)}
        aria-current=${name === panel ? "page" : undefined}>${title}${count && html` <span class="count">${count(session).toLocaleString("en")}</span>`}</a>`)}
    </nav>
    <${Panel} key=${panel} model=${model} session=${session} />`;
}

/** Why it is not here. @param {{error: any}} props */
function End({ error }) {
  if (!error?.details?.removed_at) return error && html`<p role="alert">${error.message}</p>`;
  const { reason, removed_at } = error.details;
  return html`<p role="alert">${reason === "idle" ? "The cleanup removed it, because it was idle" : "Somebody removed it"}, <${Time} at=${removed_at} />.</p>`;
}

/** A removed session can be brought back for a while. @param {{model: SessionModel}} props */
function Restore({ model }) {
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const until = model.error?.details?.restorable_until;
  return until && html`<p><${ActionButton} class="primary" run=${() => model.restore()} onError=${setError}>Restore it<//></p>
    <p class="quiet">It can be restored until <time datetime=${until}>${exact(until)}</time>.</p><${Problem} error=${error} />`;
}

/** @param {{model: SessionModel, session: import("../types.js").Session}} props */
function Head({ model, session }) {
  const status = useResource(`/sessions/${model.id}/cleanup`, model.versions.metadata);
  return html`<h1>${title(session)} ${session.pinned && html`<span class="tag">pinned</span>`}</h1>
    <p class="about">
      <span class="id">${session.session_id}</span> <${Copy} text=${session.session_id} label="Copy the id" />
    </p>
    <p class="about">
      ${session.project_id && html`<span>project <strong>${session.project_id}</strong></span>`}
      <span>${counted(session.active_clients, "client")}</span>
      <span>revision ${session.revision.toLocaleString("en")}</span>
      <span>created <${Time} at=${session.created_at} /></span>
      <span>last active <${Time} at=${session.last_activity} /></span>
    </p>
    <${Why} status=${status.data} />
    <${Problem} error=${status.error} />`;
}
