import { html, useState } from "../preact.js";
import { API, call } from "../api.js";
import { counted, shortId, title } from "../format.js";
import { Dialog, Empty, Problem, Time, phraseFor, useTitle } from "../parts.js";
import { href } from "../route.js";
import { sessions } from "../sessions.js";
import { useStore } from "../store.js";
import { SessionPage } from "./session.js";

/** @typedef {import("../types.js").Session} Session */

/** Rows that are drawn at first, and that each click adds. */
const ROWS = 100;
/** Removals that are under way at once. */
const PARALLEL = 8;

/** @type {Record<string, {title: string, has: (session: Session) => boolean}>} */
const FILTERS = {
  all: { title: "All", has: () => true },
  used: { title: "In use", has: (session) => session.active_clients > 0 },
  idle: { title: "Idle", has: (session) => session.active_clients === 0 },
  empty: { title: "Empty", has: (session) => session.node_count === 0 },
  pinned: { title: "Pinned", has: (session) => session.pinned },
};

/** Many times faster than `localeCompare`, and 2 comes before 10. */
const { compare: byName } = new Intl.Collator(undefined, { numeric: true });

/** @type {Record<string, {title: string, numeric?: boolean, compare: (a: Session, b: Session) => number}>} */
const COLUMNS = {
  name: { title: "Session", compare: (a, b) => byName(title(a), title(b)) },
  project: { title: "Project", compare: (a, b) => byName(a.project_id ?? "", b.project_id ?? "") },
  clients: { title: "Clients", numeric: true, compare: (a, b) => a.active_clients - b.active_clients },
  nodes: { title: "Nodes", numeric: true, compare: (a, b) => a.node_count - b.node_count },
  revision: { title: "Revision", numeric: true, compare: (a, b) => a.revision - b.revision },
  activity: { title: "Last active", compare: (a, b) => (a.last_activity < b.last_activity ? -1 : 1) },
};

/** @param {Session} session @param {string} words in lower case */
function matches(session, words) {
  return [session.session_id, session.name, session.project_id].some((text) => text?.toLowerCase().includes(words));
}

/** @param {{route: string[]}} props */
export function SessionsPage({ route: [id, panel] }) {
  return id ? html`<${SessionPage} id=${id} panel=${panel} />` : html`<${SessionList} />`;
}

function SessionList() {
  useTitle("Sessions");
  const known = useStore(sessions);
  const [search, setSearch] = useState("");
  const [filter, setFilter] = useState("all");
  const [sort, setSort] = useState({ column: "activity", descending: true });
  const [limit, setLimit] = useState(ROWS);
  const [selected, setSelected] = useState(/** @type {Set<string>} */ (new Set()));
  const [dialog, setDialog] = useState("");
  const all = [...known.byId.values()];
  const words = search.trim().toLowerCase();
  const found = all.filter((session) => FILTERS[filter].has(session) && (!words || matches(session, words)));
  found.sort((a, b) => COLUMNS[sort.column].compare(a, b) * (sort.descending ? -1 : 1));
  const chosen = [...selected].filter((id) => known.byId.has(id));
  const close = () => setDialog("");

  if (known.loaded && all.length === 0 && !known.error) {
    return html`<h1>Sessions</h1>
      <${Empty} title="There is no session yet." command=${`curl -X POST ${API}/sessions -d '{"name": "board"}'`}>
        <p>A session is a shared workspace: who is in it, a tree of nodes, and its history. Create one here or with a
          program; it appears here at once.</p>
        <p><button type="button" class="primary" onClick=${() => setDialog("create")}>Create a session</button></p>
      <//>
      ${dialog === "create" && html`<${CreateDialog} close=${close} />`}`;
  }

  return html`
    <div class="heading">
      <h1>Sessions</h1>
      <button type="button" class="primary" onClick=${() => setDialog("create")}>Create a session</button>
    </div>
    <${Problem} error=${known.error} />
    <div class="toolbar">
      <label>Search<input type="search" placeholder="Name, project or id" value=${search}
        onInput=${(/** @type {any} */ event) => { setSearch(event.target.value); setLimit(ROWS); }} /></label>
      <fieldset class="choice"><legend>Show</legend>
        ${Object.entries(FILTERS).map(([name, { title, has }]) => html`<label>
          <input type="radio" name="filter" checked=${filter === name} onChange=${() => { setFilter(name); setLimit(ROWS); }} />
          <span>${title} <span class="count">${all.filter(has).length.toLocaleString("en")}</span></span></label>`)}
      </fieldset>
    </div>
    ${known.isCut && html`<p class="note">Of ${counted(known.total, "session")} the ${known.byId.size.toLocaleString("en")}${" "}
      that were used last are shown and searched. <${OpenById} text=${search} /></p>`}
    <div class="selection">
      <p class="results" role="status">${known.loaded ? counted(found.length, "session") : "Loading…"}</p>
      <button type="button" class="danger" disabled=${chosen.length === 0} onClick=${() => setDialog("remove")}>
        ${chosen.length ? `Remove ${counted(chosen.length, "session")}` : "Remove the selected"}</button>
      ${chosen.length > 0 && html`<button type="button" onClick=${() => setSelected(new Set())}>Select none</button>`}
    </div>
    <${Table} ...${{ found, limit, sort, setSort, selected, setSelected }} />
    ${found.length > limit && html`<p><button type="button" onClick=${() => setLimit(limit + ROWS)}>Show
      ${" "}${Math.min(ROWS, found.length - limit)} more</button></p>`}
    ${found.length === 0 && known.loaded && html`<p>No session is like that. <button type="button"
      onClick=${() => { setSearch(""); setFilter("all"); }}>Show all</button></p>`}
    ${dialog === "create" && html`<${CreateDialog} close=${close} />`}
    ${dialog === "remove" && html`<${RemoveDialog} ids=${chosen} close=${close} done=${() => setSelected(new Set())} />`}`;
}

/** A session beyond those that are shown is found by its id. @param {{text: string}} props */
function OpenById({ text }) {
  const id = text.trim().toLowerCase();
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) && html`<a href=${href("sessions", id)}>Open ${id}</a>`;
}

/** @param {{found: Session[], limit: number, sort: {column: string, descending: boolean}, setSort: Function, selected: Set<string>, setSelected: Function}} props */
function Table({ found, limit, sort, setSort, selected, setSelected }) {
  const shown = found.slice(0, limit);
  const isAll = shown.length > 0 && shown.every((session) => selected.has(session.session_id));
  const isSome = !isAll && shown.some((session) => selected.has(session.session_id));
  /** @param {string[]} ids @param {boolean} on */
  function select(ids, on) {
    const next = new Set(selected);
    for (const id of ids) on ? next.add(id) : next.delete(id);
    setSelected(next);
  }
  return html`<div class="scroll" role="region" aria-label="Sessions" tabindex="0"><table>
    <thead><tr>
      <td class="check"><label><span class="hidden">Select all that are shown</span><input type="checkbox" checked=${isAll}
        indeterminate=${isSome} onChange=${(/** @type {any} */ e) => select(shown.map((s) => s.session_id), e.target.checked)} /></label></td>
      ${Object.entries(COLUMNS).map(([column, { title, numeric }]) => html`<th scope="col" class=${numeric ? "number" : ""}
        aria-sort=${sort.column !== column ? undefined : sort.descending ? "descending" : "ascending"}>
        <button type="button" class="sort" onClick=${() => setSort({ column, descending: sort.column === column ? !sort.descending : !!numeric || column === "activity" })}>
          ${title}<span aria-hidden="true">${sort.column !== column ? "" : sort.descending ? " ↓" : " ↑"}</span></button></th>`)}
    </tr></thead>
    <tbody>${shown.map((session) => html`<tr key=${session.session_id}>
      <td class="check"><label><span class="hidden">Select ${title(session)}</span><input type="checkbox" checked=${selected.has(session.session_id)}
        onChange=${(/** @type {any} */ event) => select([session.session_id], event.target.checked)} /></label></td>
      <th scope="row"><a href=${href("sessions", session.session_id)}>${title(session)}</a>
        ${session.pinned && html` <span class="tag">pinned</span>`}
        ${session.name && html`<span class="id" title=${session.session_id}>${shortId(session.session_id)}</span>`}</th>
      <td>${session.project_id ?? html`<span class="none">none</span>`}</td>
      <td class="number">${session.active_clients > 0 ? html`<strong class="in-use">${session.active_clients.toLocaleString("en")}</strong>` : "0"}</td>
      <td class="number">${session.node_count.toLocaleString("en")}</td>
      <td class="number">${session.revision.toLocaleString("en")}</td>
      <td><${Time} at=${session.last_activity} /></td>
    </tr>`)}</tbody>
  </table></div>`;
}

/** @param {{close: () => void}} props */
function CreateDialog({ close }) {
  /** @param {FormData} form */
  async function submit(form) {
    const field = (/** @type {string} */ name) => `${form.get(name) ?? ""}`.trim() || undefined;
    const session = await call("POST", "/sessions", {
      name: field("name"), project_id: field("project"), pinned: form.has("pinned"),
    });
    sessions.value.receive({ type: "session-created", session });
    location.hash = href("sessions", session.session_id);
  }
  return html`<${Dialog} title="Create a session" action="Create" submit=${submit} close=${close}>
    <label>Name<input name="name" maxlength="1024" autocomplete="off" autofocus /></label>
    <label>Project<input name="project" maxlength="1024" autocomplete="off" /></label>
    <label class="check"><input type="checkbox" name="pinned" /> Pinned: never removed by the cleanup</label>
  <//>`;
}

/** @param {{ids: string[], close: () => void, done: () => void}} props */
function RemoveDialog({ ids: selected, close, done }) {
  // What is to be removed stays what was shown, also while some of it goes.
  const [ids] = useState(selected);
  const inUse = ids.filter((id) => (sessions.value.byId.get(id)?.active_clients ?? 0) > 0).length;
  async function submit() {
    const left = [...ids];
    async function work() {
      for (let id = left.pop(); id; id = left.pop()) {
        try {
          await call("DELETE", `/sessions/${id}`);
        } catch (/** @type {any} */ error) {
          if (!["SESSION_REMOVED", "SESSION_NOT_FOUND"].includes(error.code)) throw error;
        }
        sessions.value.remove(id);
      }
    }
    await Promise.all(Array.from({ length: PARALLEL }, work));
    done();
  }
  return html`<${Dialog} title=${`Remove ${counted(ids.length, "session")}?`} action="Remove" danger
    phrase=${phraseFor(ids.length)} submit=${submit} close=${close}>
    <p>Their content and history go with them.
      ${inUse > 0 && html` <strong>${inUse === 1 ? "One of them is" : `${inUse} of them are`} in use</strong>: its clients are notified, and leave it.`}</p>
    <ul class="names">${ids.slice(0, 10).map((id) => html`<li>${title(sessions.value.byId.get(id) ?? { name: null, session_id: id })}</li>`)}
      ${ids.length > 10 && html`<li>and ${ids.length - 10} more</li>`}</ul>
  <//>`;
}
