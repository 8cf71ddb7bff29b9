import { API, ApiError, needsToken } from "./api.js";
import { Store } from "./store.js";

/** @typedef {import("./types.js").Frame} Frame */

/** A browser sees no pings, so it asks on its own, and gives a silent connection up. In milliseconds. */
const PING_EVERY = 20_000;
const PING_TIMEOUT = 10_000;
/** The pauses between two attempts to connect. */
const MIN_PAUSE = 300;
const MAX_PAUSE = 10_000;

export const SOCKET_URL = `${API.replace(/^http/, "ws")}/ws`;

/** The one WebSocket of this tab. It reconnects automatically. */
class Live {
  /** @type {Store<"connecting" | "open" | "lost">} */
  state = new Store("connecting");
  /** @type {WebSocket | null} */
  #socket = null;
  #pause = MIN_PAUSE;
  #nextRef = 1;
  /** @type {Map<number, {resolve: (frame: Frame) => void, reject: (error: Error) => void}>} */
  #waiting = new Map();
  /** @type {Set<(frame: Frame) => void>} */
  #followers = new Set();
  /** @type {Set<() => void>} */
  #starters = new Set();
  #timer = 0;

  start() {
    const socket = new WebSocket(SOCKET_URL);
    this.#socket = socket;
    socket.onopen = () => {
      this.#pause = MIN_PAUSE;
      this.state.set("open");
      this.#pingLater();
      for (const starter of this.#starters) starter();
    };
    socket.onmessage = (message) => {
      this.#pingLater();
      this.#receive(JSON.parse(message.data));
    };
    socket.onclose = () => this.#lost(socket);
  }

  /** Connects at once, if it waits to do so. */
  hurry() {
    if (this.#socket) return;
    clearTimeout(this.#timer);
    this.start();
  }

  /** Ends the connection and makes a new one, with the present login of the page. */
  restart() {
    if (this.#socket) this.#lost(this.#socket);
    this.hurry();
  }

  /**
   * Runs `starter` whenever a connection is open, and `follower` for each frame that is no response.
   * @param {() => void} starter
   * @param {(frame: Frame) => void} follower
   * @returns {() => void} what ends it
   */
  follow(starter, follower) {
    this.#starters.add(starter);
    this.#followers.add(follower);
    if (this.state.value === "open") starter();
    return () => {
      this.#starters.delete(starter);
      this.#followers.delete(follower);
    };
  }

  /**
   * Sends a request. Fails with what the server says, or when the connection ends.
   * @param {Frame} request
   * @returns {Promise<Frame>}
   */
  ask(request) {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return Promise.reject(closed());
    const ref = this.#nextRef++;
    socket.send(JSON.stringify({ ...request, ref }));
    return new Promise((resolve, reject) => this.#waiting.set(ref, { resolve, reject }));
  }

  /** @param {Frame} frame */
  #receive(frame) {
    const waiting = this.#waiting.get(frame.ref);
    if (!waiting) {
      for (const follower of this.#followers) follower(frame);
      return;
    }
    this.#waiting.delete(frame.ref);
    if (frame.type === "error") waiting.reject(new ApiError(/** @type {any} */ (frame)));
    else waiting.resolve(frame);
  }

  #pingLater() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.ask({ type: "ping" }).catch(() => {});
      const socket = this.#socket;
      this.#timer = setTimeout(() => socket && this.#lost(socket), PING_TIMEOUT);
    }, PING_EVERY);
  }

  /** @param {WebSocket} socket */
  #lost(socket) {
    if (socket !== this.#socket) return;
    socket.close();
    this.#socket = null;
    this.state.set("lost");
    for (const { reject } of this.#waiting.values()) reject(closed());
    this.#waiting.clear();
    clearTimeout(this.#timer);
    // Without a token it would be ended again; who signs in begins anew.
    if (needsToken.value) return;
    // At random, so that all tabs do not come at once.
    this.#timer = setTimeout(() => this.start(), this.#pause * (0.5 + Math.random() / 2));
    this.#pause = Math.min(this.#pause * 2, MAX_PAUSE);
  }
}

function closed() {
  return new ApiError({ code: "UNREACHABLE", message: "The connection to the server is lost." });
}

export const live = new Live();
