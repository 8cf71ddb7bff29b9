import { live } from "./live.js";
import { sessions } from "./sessions.js";
import { Store } from "./store.js";

/** @typedef {import("./types.js").Load} Load */

/** How long samples are kept, in seconds. */
const KEPT = 15 * 60;

/** The last 15 minutes, by column; null where nothing is known. */
class Samples {
  /** @type {number[]} */
  time = [];
  /** @type {number[]} */
  clients = [];
  /** @type {number[]} */
  sessions = [];
  /** Commands, undos and redos in a second. @type {(number | null)[]} */
  commands = [];
  /** How long a commit took on average, in milliseconds. @type {(number | null)[]} */
  commit = [];
  /** Changes that waited for the writer. @type {number[]} */
  waiting = [];
  /** @type {Load | null} */
  #before = null;

  /** @param {Load} load */
  add(load) {
    const now = Date.now() / 1000;
    const last = this.time.at(-1);
    // After a restart the server counts from zero.
    const before = this.#before && load.commits >= this.#before.commits ? this.#before : null;
    const commits = before ? load.commits - before.commits : 0;
    this.time.push(now);
    this.clients.push(load.clients);
    this.sessions.push(sessions.value.total);
    this.commands.push(before && last ? (load.commands - before.commands) / (now - last) : null);
    this.commit.push(before && commits > 0 ? (1000 * (load.commit_seconds - before.commit_seconds)) / commits : null);
    this.waiting.push(load.waiting_jobs);
    this.#before = load;
    while (now - this.time[0] > KEPT) for (const column of this.#columns()) column.shift();
  }

  #columns() {
    return [this.time, this.clients, this.sessions, this.commands, this.commit, this.waiting];
  }
}

export const samples = new Store(new Samples());

/** Takes a sample with each load that the server sends: see `followSessions`. */
export function takeSamples() {
  live.follow(() => {}, (frame) => {
    if (frame.type !== "load") return;
    samples.value.add(/** @type {any} */ (frame));
    samples.changed();
  });
}
