// One WebSocket for all sessions of a client: it reconnects automatically, knows when it is dead, and brings each
// answer to its request.
import { type ErrorDetail, isTemporary, RollcallError } from "./error.js";
import type { Frame } from "./wire.js";

const MIN_DELAY = 100;
const MAX_DELAY = 10_000;
/** A connection that was silent for so long is asked whether it lives, and has so long to answer. */
const PING_INTERVAL = 20_000;
const PING_TIMEOUT = 10_000;
const CLOSE_UNAUTHORIZED = 4401;
const CLOSE_FORBIDDEN = 4403;

/** The part of a WebSocket that is used here. */
export interface WebSocketLike {
  readonly readyState: number;
  onopen: ((event: any) => void) | null;
  onmessage: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  send(text: string): void;
  close(): void;
}
export type WebSocketConstructor = new (url: string) => WebSocketLike;

export interface ConnectionOptions {
  url: string;
  getToken?: (() => string | null | Promise<string | null>) | undefined;
  WebSocket?: WebSocketConstructor | undefined;
}

/** The user of the connection: a session. */
export interface Member {
  /** The connection is open: join. */
  opened(): void;
  /** The connection is lost, and will come back. */
  lost(): void;
  /** It will not come back. */
  failed(error: RollcallError): void;
  receive(frame: Frame): void;
}

type Answered = (answer: Frame) => void;

export interface Connection {
  readonly members: ReadonlyMap<string, Member>;
  add(id: string, member: Member): void;
  remove(id: string): void;
  /** Sends a frame if the connection is open. `answered` gets the answer, unless the connection breaks before. */
  send(frame: object, answered?: Answered): void;
  /** Deals with an error that concerns the connection and not only one request; says whether it is one. */
  handles(code: string): boolean;
  /** Calls the REST API; null if it cannot be reached or answers what is no JSON. */
  rest(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<any>;
}

export function createConnection(options: ConnectionOptions): Connection {
  const { getToken, url, WebSocket = globalThis.WebSocket as WebSocketConstructor } = options;
  const members = new Map<string, Member>();
  const requests = new Map<number, Answered>();
  let nextRef = 1;
  let socket: WebSocketLike | undefined;
  let connecting = false;
  let failures = 0;
  let openSince = Infinity;
  let token: string | null = null;
  let refused: string | null | undefined;
  /** What the server said in `reconnect`. */
  let announced: number | undefined;
  /** For the next attempt while there is no socket, else for the next ping. */
  let timer: ReturnType<typeof setTimeout> | undefined;


  function send(frame: object, answered?: Answered): void {
    if (socket?.readyState !== 1) return;
    let ref: number | undefined;
    if (answered) requests.set((ref = nextRef++), answered);
    socket.send(JSON.stringify({ ref, ...frame }));
  }

  /** Undefined when the application cannot say now. */
  async function askForToken(): Promise<string | null | undefined> {
    try {
      return (await getToken?.()) ?? null;
    } catch {
      return undefined;
    }
  }

  async function connect(): Promise<void> {
    if (connecting) return;
    clearTimeout(timer);
    connecting = true;
    const given = await askForToken();
    connecting = false;
    if (members.size === 0) return;
    if (given === undefined) return retry();
    if (given === refused) {
      return fail({ code: "UNAUTHORIZED", message: "The token was refused." });
    }
    token = given;
    socket = new WebSocket(`${url.replace(/^http/, "ws")}/api/v1/ws`);
    awaitFrame();
    socket.onopen = () => {
      openSince = Date.now();
      awaitFrame();
      authenticate(token);
      members.forEach((member) => member.opened());
    };
    socket.onmessage = ({ data }) => {
      awaitFrame();
      receive(JSON.parse(data));
    };
    socket.onerror = () => {};
    socket.onclose = ({ code }) => {
      if (code === CLOSE_UNAUTHORIZED) refused = token;
      if (code === CLOSE_FORBIDDEN) fail({ code: "FORBIDDEN", message: "The client was kicked." });
      else retry();
    };
  }

  function authenticate(given: string | null | undefined): void {
    if (!given) return;
    token = given;
    send({ type: "auth", token }, (answer) => answer.type === "error" && handles(answer.code));
  }

  function receive(frame: Frame): void {
    let { ref } = frame;
    if (frame.type === "reconnect") announced = frame.after_ms;
    // Without a new one the server closes the connection, and the next attempt asks again.
    if (frame.type === "token-expiring") void askForToken().then(authenticate);
    // Such a frame is not read, so nobody knows what it was. Requests are answered in order: it is the oldest.
    if (frame.type === "error" && frame.code === "PAYLOAD_TOO_LARGE") ref ??= [...requests.keys()][0];
    const answered = requests.get(ref as number);
    if (answered) {
      requests.delete(ref as number);
      answered(frame);
    } else {
      members.get(frame.session_id ?? (ref as string))?.receive(frame);
    }
  }

  function handles(code: string): boolean {
    if (code === "UNAUTHORIZED") refused = token;
    else if (!isTemporary(code)) return false;
    retry();
    return true;
  }

  /** Gives up the socket, and connects later. */
  function retry(): void {
    drop();
    members.forEach((member) => member.lost());
    if (Date.now() - openSince > MAX_DELAY) failures = 0;
    openSince = Infinity;
    const longest = Math.min(MAX_DELAY, MIN_DELAY * 2 ** failures++);
    timer = setTimeout(connect, announced ?? Math.random() * longest);
    announced = undefined;
  }

  function fail(error: ErrorDetail): void {
    // Not those that are added meanwhile.
    for (const member of [...members.values()]) member.failed(new RollcallError(error));
  }

  function drop(): void {
    clearTimeout(timer);
    requests.clear();
    // It may go on talking.
    if (socket) socket.onopen = socket.onmessage = socket.onclose = null;
    socket?.close();
    socket = undefined;
  }

  /** Pings after `silence`, and gives the connection up when nothing comes then. */
  function awaitFrame(silence = PING_INTERVAL): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      send({ type: "ping" });
      timer = setTimeout(retry, PING_TIMEOUT);
    }, silence);
  }

  /** The network or the page may be back: connects at once, or looks whether the connection still lives. */
  function wake(): void {
    if (socket) awaitFrame(0);
    else void connect();
  }

  function listen(verb: "add" | "remove"): void {
    for (const event of ["online", "visibilitychange"]) globalThis[`${verb}EventListener`]?.(event, wake);
  }

  return {
    members,
    send,
    handles,
    add(id, member) {
      members.set(id, member);
      // Sends nothing unless the connection is open.
      member.opened();
      if (members.size > 1) return;
      listen("add");
      void connect();
    },
    remove(id) {
      if (!members.delete(id) || members.size > 0) return;
      listen("remove");
      refused = undefined;
      drop();
    },
    async rest(method, path, body, headers = {}) {
      if (token) headers["authorization"] = `Bearer ${token}`;
      try {
        const init = { method, headers, body: body ? JSON.stringify(body) : null };
        return await (await fetch(`${url}/api/v1${path}`, init)).json();
      } catch {
        return null;
      }
    },
  };
}
