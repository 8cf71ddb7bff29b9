import { createConnection, type WebSocketConstructor } from "./connection.js";
import { Session, type SessionOptions } from "./session.js";
import type { Json } from "./wire.js";

export interface ClientOptions {
  /** Address of the server, such as `https://rollcall.example`. By default the origin of the page. */
  url?: string;
  /** Returns the token to use: asked before each connection, and before the token ends. */
  getToken?: () => string | null | Promise<string | null>;
  /** The shortest time between two messages with presence, in milliseconds. */
  throttle?: number;
  /** For runtimes that have none, such as Node.js before 22. */
  WebSocket?: WebSocketConstructor;
}

export interface Client {
  /**
   * Joins a session, or returns the one that is joined already. The id is that of an existing session.
   * `options` count for the first call only. Each call needs a `close` of its own.
   */
  session<Presence extends object = Record<string, Json>, User = Json>(
    id: string,
    options?: SessionOptions<Presence, User>,
  ): Session<Presence, User>;
  /** Closes all sessions and the connection. */
  close(): void;
}

/** Makes a client: one connection for all of its sessions, open while there are any. */
export function createClient({ url, throttle = 100, ...options }: ClientOptions = {}): Client {
  const connection = createConnection({ ...options, url: (url ?? location.origin).replace(/\/$/, "") });
  const sessions = connection.members as ReadonlyMap<string, Session<any, any>>;
  return {
    session(id, given = {}) {
      const session = sessions.get(id) ?? new Session(id, given, connection, throttle);
      session.uses++;
      return session;
    },
    close() {
      for (const session of sessions.values()) {
        session.uses = 0;
        session.close();
      }
    },
  };
}
