import { call, needsToken } from "./api.js";
import { live } from "./live.js";
import { Store } from "./store.js";

/** @typedef {import("./types.js").Session} Session */
/** @typedef {import("./types.js").Frame} Frame */

/** Sessions in one response, and the most that the page keeps. */
const PAGE = 1000;
const MAX_KEPT = 10_000;

/** The sessions of the server, the most recently used first loaded; they move by themselves. */
class Sessions {
  /** @type {Map<string, Session>} */
  byId = new Map();
  /** How many the server has, also those beyond what is kept. */
  total = 0;
  loaded = false;
  /** Whether the page may follow all sessions, and not only read some. */
  followsAll = true;
  /** @type {Error | null} */
  error = null;
  /** What came or went while the list is read; null at other times. @type {Map<string, Session | null> | null} */
  #meanwhile = null;
  #again = false;

  async load() {
    if (this.#meanwhile) {
      this.#again = true;
      return;
    }
    do {
      this.#again = false;
      this.#meanwhile = new Map();
      try {
        await this.#read();
        this.error = null;
      } catch (error) {
        this.fail(error);
      }
      this.#meanwhile = null;
      this.loaded = true;
      store.changed();
    } while (this.#again);
  }

  async #read() {
    /** @type {Map<string, Session>} */
    const found = new Map();
    let cursor = null;
    do {
      const from = cursor ? `&cursor=${encodeURIComponent(cursor)}` : "";
      const page = await call("GET", `/sessions?order=-last_activity&limit=${PAGE}${from}`);
      for (const session of page.sessions) found.set(session.session_id, session);
      this.total = page.total;
      cursor = page.next_cursor;
    } while (cursor && found.size < MAX_KEPT);
    this.byId = found;
    for (const [id, session] of this.#meanwhile ?? []) {
      if (!session) found.delete(id);
      else if (session.seq >= (found.get(id)?.seq ?? 0)) found.set(id, session);
    }
  }

  /** @param {Frame} frame */
  receive(frame) {
    switch (frame.type) {
      case "session-created":
        if (!this.byId.has(frame.session.session_id)) this.total += 1;
        return this.put(frame.session);
      case "session-changed":
        return this.put(frame.session);
      case "session-removed":
        return this.remove(frame.session_id);
      case "gap":
        if (!frame.session_id) this.load();
    }
  }

  /** @param {any} error */
  fail(error) {
    if (error.code === "UNAUTHORIZED") needsToken.set(true);
    // A lost connection is made again automatically, and the page says so anyway.
    if (error.code === "UNREACHABLE") return;
    this.error = error;
    this.loaded = true;
    store.changed();
  }

  /** Of two that came out of order the one with the higher `seq` is the newer. @param {Session} session */
  put(session) {
    const before = this.byId.get(session.session_id) ?? session;
    if (session.seq < before.seq) return;
    this.byId.set(session.session_id, session);
    this.#meanwhile?.set(session.session_id, session);
    store.changed();
  }

  /** @param {string} id */
  remove(id) {
    this.#meanwhile?.set(id, null);
    if (!this.byId.delete(id)) return;
    this.total -= 1;
    store.changed();
  }

  /** Whether there are more than the page keeps. */
  get isCut() {
    return this.total > this.byId.size;
  }
}

/** @type {Store<Sessions>} */
const store = new Store(new Sessions());
export { store as sessions };

/** Reads the list, and follows it from then on. */
export function followSessions() {
  live.follow(
    async () => {
      try {
        await live.ask({ type: "watch_sessions", with: "load" });
        store.value.followsAll = true;
      } catch (/** @type {any} */ error) {
        store.value.fail(error);
        // Who may see only some sessions can't follow all, and reads them once.
        if (error.code !== "FORBIDDEN") return;
        store.value.followsAll = false;
      }
      await store.value.load();
    },
    (frame) => store.value.receive(frame),
  );
  addEventListener("focus", () => live.hurry());
}
