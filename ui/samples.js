import { sessions } from "./sessions.js";
import { Store } from "./store.js";

/** How often a sample is taken of what the page knows, and how long it is kept. */
export const SAMPLE_SECONDS = 2;
const MAX_SAMPLES = (15 * 60) / SAMPLE_SECONDS;

/** The last 15 minutes, by column. */
class Samples {
  /** @type {number[]} */
  time = [];
  /** @type {number[]} */
  clients = [];
  /** @type {number[]} */
  sessions = [];
  /** Changes of content, in a second. @type {number[]} */
  changes = [];
  #counted = 0;

  take() {
    const known = sessions.value;
    let clients = 0;
    for (const session of known.byId.values()) clients += session.active_clients;
    const now = Date.now() / 1000;
    // A tab in the background is woken less often.
    const seconds = now - (this.time.at(-1) ?? now - SAMPLE_SECONDS);
    this.#push(now, clients, known.total, (known.changes - this.#counted) / seconds);
    this.#counted = known.changes;
  }

  /** @param {number} time @param {number} clients @param {number} count @param {number} changes */
  #push(time, clients, count, changes) {
    for (const [column, value] of /** @type {const} */ ([[this.time, time], [this.clients, clients], [this.sessions, count], [this.changes, changes]])) {
      column.push(value);
      if (column.length > MAX_SAMPLES) column.shift();
    }
  }
}

export const samples = new Store(new Samples());

/** Takes samples from now on: of what came over the live connection, so the server is asked nothing. */
export function takeSamples() {
  setInterval(() => {
    if (!sessions.value.loaded) return;
    samples.value.take();
    samples.changed();
  }, SAMPLE_SECONDS * 1000);
}
