import { html, useEffect, useMemo, useState } from "../preact.js";
import { call } from "../api.js";
import { SOCKET_URL } from "../live.js";
import { title } from "../format.js";
import { Problem, useTitle } from "../parts.js";
import { sessions } from "../sessions.js";
import { Store, useStore } from "../store.js";

/** Frames that are kept. */
const MAX_FRAMES = 300;

/** What each request looks like. @type {Record<string, object>} */
const TEMPLATES = {
  "Create a node": { type: "execute", command_type: "CreateNode", data: { blueprint_type_id: "item", name: "Milk" } },
  "Undo": { type: "undo" },
  "Undo only mine": { type: "undo", scope: "client" },
  "Redo": { type: "redo" },
  "Rename a node": { type: "execute", command_type: "RenameNode", data: { node_id: "…", name: "Bread" } },
  "Set a property": { type: "execute", command_type: "UpdateProperty", data: { node_id: "…", property_id: "done", value: true } },
  "Move a node": { type: "execute", command_type: "LinkNode", data: { parent_id: null, child_id: "…", index: 0 } },
  "Delete a node": { type: "execute", command_type: "DeleteNode", data: { node_id: "…" } },
  "Send presence": { type: "presence", data: { cursor: [3, 4] } },
  "Ping": { type: "ping" },
};

/** A client of its own, with the frames that it sends and gets. */
class Client {
  /** The newest is the first. @type {{number: number, out: boolean, text: string}[]} */
  frames = [];
  /** @type {"none" | "connecting" | "joined"} */
  state = "none";
  /** @type {WebSocket | null} */
  #socket = null;
  #number = 0;
  store = new Store(this);

  /** @param {string} session_id @param {string} name */
  join(session_id, name) {
    this.leave();
    const socket = new WebSocket(SOCKET_URL);
    this.#socket = socket;
    this.#become("connecting");
    socket.onopen = () => this.send(JSON.stringify({ type: "join_session", session_id, ...(name && { user: { name } }) }));
    socket.onmessage = ({ data }) => {
      this.#note(false, data);
      const { type } = JSON.parse(data);
      if (type === "joined") this.#become("joined");
    };
    socket.onclose = ({ code, reason }) => {
      if (socket !== this.#socket) return;
      this.#note(false, `closed with ${code}${reason && `: ${reason}`}`);
      this.#socket = null;
      this.#become("none");
    };
  }

  leave() {
    this.#socket?.close(1000);
  }

  /** @param {string} text */
  send(text) {
    this.#note(true, text);
    this.#socket?.send(text);
  }

  clear() {
    this.frames = [];
    this.store.changed();
  }

  /** @param {Client["state"]} state */
  #become(state) {
    this.state = state;
    this.store.changed();
  }

  /** @param {boolean} out @param {string} text */
  #note(out, text) {
    this.frames = [{ number: ++this.#number, out, text }, ...this.frames].slice(0, MAX_FRAMES);
    this.store.changed();
  }
}

/** Be a client: join, send, see what comes. @param {{route: string[]}} props */
export function TryPage({ route: [wanted] }) {
  useTitle("Try it");
  const client = useMemo(() => new Client(), []);
  useEffect(() => () => client.leave(), [client]);
  useStore(client.store);
  const known = useStore(sessions);
  const [chosen, setChosen] = useState(wanted ?? "");
  const [name, setName] = useState("Ada");
  const [text, setText] = useState(frame(TEMPLATES["Create a node"]));
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const all = [...known.byId.values()].sort((a, b) => title(a).localeCompare(title(b)));
  const session = chosen || all[0]?.session_id || "";

  /** @param {SubmitEvent} event */
  async function join(event) {
    event.preventDefault();
    setError(null);
    try {
      let id = session;
      if (!id) {
        const made = await call("POST", "/sessions", { name: "Try it" });
        sessions.value.receive({ type: "session-created", session: made });
        id = made.session_id;
      }
      setChosen(id);
      client.join(id, name.trim());
    } catch (problem) {
      setError(/** @type {Error} */ (problem));
    }
  }
  /** @param {SubmitEvent} event */
  function send(event) {
    event.preventDefault();
    setError(null);
    try {
      const value = JSON.parse(text);
      client.send(JSON.stringify(value.type === "ping" ? value : { session_id: session, ...value }));
    } catch (problem) {
      setError(new Error(`This is no JSON: ${/** @type {Error} */ (problem).message}`));
    }
  }
  const isIn = client.state !== "none";
  return html`<h1>Try it</h1>
    <p>Be a client over the plain WebSocket. Open the page twice, and see one of them in the other.</p>
    <form class="toolbar" onSubmit=${join}>
      <label>Session<select disabled=${isIn} value=${session} onChange=${(/** @type {any} */ e) => setChosen(e.target.value)}>
        ${all.length === 0 && html`<option value="">A new one</option>`}
        ${wanted && !known.byId.has(wanted) && html`<option value=${wanted}>${wanted}</option>`}
        ${all.map((one) => html`<option value=${one.session_id}>${title(one)}</option>`)}</select></label>
      <label class="narrow">Your name<input disabled=${isIn} value=${name} maxlength="200" autocomplete="off" onInput=${(/** @type {any} */ e) => setName(e.target.value)} /></label>
      ${isIn ? html`<button type="button" onClick=${() => client.leave()}>Leave</button>` : html`<button class="primary">Join</button>`}
      <span role="status">${{ none: "Not connected", connecting: "Connecting…", joined: "You are in" }[client.state]}</span>
    </form>
    <${Problem} error=${error} />
    <div class="split even">
      <form class="card" onSubmit=${send}>
        <label>Request<select onChange=${(/** @type {any} */ e) => setText(frame(TEMPLATES[e.target.value]))}>
          ${Object.keys(TEMPLATES).map((name) => html`<option value=${name}>${name}</option>`)}</select></label>
        <label class="spaced">Frame<textarea class="code" rows="11" spellcheck=${false} value=${text} onInput=${(/** @type {any} */ e) => setText(e.target.value)}
          aria-describedby="frame-help"></textarea></label>
        <p id="frame-help" class="quiet">The id of the session is added. <code>ref</code> of a request comes back in its response.</p>
        <button class="primary" disabled=${client.state !== "joined"}>Send</button>
      </form>
      <section class="card" aria-label="Frames">
        <div class="heading"><h2>Frames</h2><button type="button" class="small" onClick=${() => client.clear()}>Clear</button></div>
        ${client.frames.length === 0 ? html`<p class="quiet">What is sent and what comes stands here, the newest first.</p>`
          : html`<ol class="frames log" tabindex="0" reversed>${client.frames.map((frame) => html`<li key=${frame.number} class=${frame.out ? "out" : ""}>
              <strong>${frame.out ? "sent" : "got"}</strong> ${frame.text}</li>`)}</ol>`}
      </section>
    </div>`;
}

/** @param {object} template */
function frame(template) {
  return JSON.stringify({ ...template, ref: 1 }, null, 2);
}
