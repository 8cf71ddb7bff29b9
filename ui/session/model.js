import { call } from "../api.js";
import { live } from "../live.js";
import { sessions } from "../sessions.js";
import { Store } from "../store.js";
import { Tree } from "./tree.js";

/** @typedef {import("../types.js").Frame} Frame */
/** @typedef {import("../types.js").Session} Session */

/** Events that are kept for the page, and how many past ones are read at first. */
const MAX_EVENTS = 1000;
const PAST_EVENTS = 100;

/** Events that say that somebody came or went; all others with a revision change the content. */
const PRESENCE = ["session-connected", "session-disconnected"];

/** One session as it is now: read once, and kept by its events. */
export class SessionModel {
  /** @type {Session | null} */
  session = null;
  tree = new Tree();
  /** The newest is the last one. @type {Frame[]} */
  events = [];
  /** Presence data by client, newer than what was read with the clients. @type {Map<string, unknown>} */
  presence = new Map();
  /** What clients have said of their user, as far as the page has seen it. @type {Map<string, unknown>} */
  users = new Map();
  /** They count what has changed: who is in it, the content, the rest. */
  versions = { people: 0, content: 0, metadata: 0 };
  /** @type {"loading" | "open" | "removed" | "failed"} */
  state = "loading";
  /** @type {any} */
  error = null;

  /** The `seq` up to which the tree is true; it is not read yet while this is null. @type {number | null} */
  #seq = null;
  /** Which database `#seq` is of: a restored one numbers events anew. @type {string | undefined} */
  #epoch;
  /** How often it was opened. One that was opened again meanwhile is given up. */
  #run = 0;
  /** Events that came while the tree was read. @type {Frame[]} */
  #early = [];

  /** @param {string} id */
  constructor(id) {
    this.id = id;
    this.store = new Store(this);
  }

  /** Follows the session until the function that it returns is called. */
  start() {
    const stop = live.follow(() => this.#open(), (frame) => frame.session_id === this.id && this.#receive(frame));
    return () => {
      stop();
      live.ask({ type: "unwatch_session", session_id: this.id }).catch(() => {});
    };
  }

  /** Brings a removed session back. */
  async restore() {
    sessions.value.put(await call("POST", `/sessions/${this.id}/restore`));
    this.#seq = null;
    await this.#open();
  }

  async #open() {
    this.#run += 1;
    const run = this.#run;
    try {
      const since = this.#seq === null ? { with: "graph" } : { since: this.#seq, epoch: this.#epoch };
      const watching = await live.ask({ type: "watch_session", session_id: this.id, ...since });
      const session = await call("GET", `/sessions/${this.id}`);
      const loaded = this.#seq === null ? await this.#read(watching) : null;
      if (run !== this.#run) return;
      for (const client of watching.clients) this.users.set(client.client_id, client.user);
      this.#epoch = watching.epoch;
      this.session = session;
      if (loaded) this.#load(loaded);
      this.state = "open";
      this.error = null;
      for (const kind of /** @type {const} */ (["people", "content", "metadata"])) this.versions[kind] += 1;
    } catch (error) {
      if (run === this.#run) this.#fail(error);
    }
    this.store.changed();
  }

  /** The whole content, and the last events. @param {Frame} watching */
  async #read(watching) {
    const graph = watching.graph ?? await call("GET", `/sessions/${this.id}/graph`);
    const seq = watching.graph ? watching.seq : graph.seq;
    const past = await call("GET", `/sessions/${this.id}/events?since=${Math.max(0, seq - PAST_EVENTS)}`);
    const events = past.events
      .filter((/** @type {any} */ event) => event.seq <= seq)
      .map((/** @type {any} */ { event, ...rest }) => ({ type: event, ...rest }));
    return { nodes: graph.nodes, seq, events };
  }

  /** @param {{nodes: any[], seq: number, events: Frame[]}} read */
  #load({ nodes, seq, events }) {
    this.tree.load(nodes);
    this.#seq = seq;
    this.events = events;
    for (const event of this.events) this.#meet(event);
    for (const event of this.#early.splice(0)) this.#apply(event);
  }

  /** @param {any} error */
  #fail(error) {
    // A lost connection comes back, and then reads again.
    if (error.code === "UNREACHABLE") return;
    this.error = error;
    this.state = error.code === "SESSION_REMOVED" ? "removed" : "failed";
  }

  /** @param {Frame} frame */
  #receive(frame) {
    if (frame.type === "gap") {
      this.#seq = null;
      this.#open();
    } else if (frame.type === "presence") {
      this.presence.set(frame.client_id, frame.data);
    } else if (frame.seq === undefined) {
      return;
    } else if (this.#seq === null) {
      this.#early.push(frame);
    } else {
      this.#apply(frame);
    }
    this.store.changed();
  }

  /** @param {Frame} event */
  #apply(event) {
    if (this.#seq === null || event.seq <= this.#seq || !this.session) return;
    this.#seq = event.seq;
    this.events.push(event);
    if (this.events.length > MAX_EVENTS) this.events.splice(0, this.events.length - MAX_EVENTS);
    this.tree.apply(event);
    this.#meet(event);
    const session = { ...this.session, seq: event.seq, last_activity: event.timestamp, node_count: this.tree.nodes.size };
    if (event.active_clients !== undefined) session.active_clients = event.active_clients;
    if (event.revision !== undefined) session.revision = event.revision;
    if (event.changes) Object.assign(session, event.changes);
    this.session = session;
    this.versions.metadata += 1;
    if (PRESENCE.includes(event.type)) this.versions.people += 1;
    if (["command-executed", "undo", "redo"].includes(event.type)) this.versions.content += 1;
    if (event.type === "session-removed") {
      this.state = "removed";
      sessions.value.remove(this.id);
      // The server says when and why, and until when it can be restored.
      call("GET", `/sessions/${this.id}`).catch((error) => {
        this.error = error;
        this.store.changed();
      });
    }
  }

  /** @param {Frame} event */
  #meet(event) {
    if (event.type === "session-connected") this.users.set(event.client_id, event.user);
    if (event.type === "session-disconnected") this.presence.delete(event.client_id);
  }
}
