// socket.io-client with a memory for what it was sent.
import { io } from "socket.io-client";

const PATIENCE = 20_000;

/** Waits for a promise, but not for ever. */
export function soon(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`never: ${what}`)), PATIENCE);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Asks until the condition holds. */
export async function eventually(what, holds) {
  const end = Date.now() + PATIENCE;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export class Client {
  /** Every event in the order in which it came: [name, data]. */
  received = [];

  constructor(url, options) {
    this.socket = io(url, { forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 200, ...options });
    this.socket.onAny((name, data) => this.received.push([name, data]));
  }

  static async connect(url, options) {
    const client = new Client(url, options);
    await client.once("connect");
    return client;
  }

  /** The next time that the library says so. */
  once(name) {
    return soon(new Promise((resolve) => this.socket.once(name, resolve)), name);
  }

  /** Emits and waits for the acknowledgement. */
  ask(name, payload) {
    return this.socket.timeout(PATIENCE).emitWithAck(name, payload);
  }

  /** What happened in the session: the durable events. */
  get events() {
    return this.received.filter(([, data]) => data?.seq !== undefined && data?.timestamp !== undefined);
  }

  /** The numbers of the events, which are to be without holes. */
  get seqs() {
    return this.events.map(([, data]) => data.seq);
  }

  /** Waits until the event with that number has come. */
  hasSeq(seq) {
    return eventually(`event ${seq} in ${this.seqs}`, () => this.seqs.includes(seq));
  }
}

/** The whole numbers from `first` to `last`. */
export function range(first, last) {
  return Array.from({ length: last - first + 1 }, (_, place) => first + place);
}
