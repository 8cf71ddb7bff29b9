import { type Client, type ClientOptions, createClient, type WebSocketConstructor } from "rollcall-client";
import { WebSocket } from "ws";

/** A client with what Node.js 20 lacks, and no patience between two messages with presence. */
export function newClient(url: string, options: ClientOptions = {}): Client & Disposable {
  const client = createClient({ url, throttle: 5, WebSocket: WebSocket as unknown as WebSocketConstructor, ...options });
  return { ...client, [Symbol.dispose]: () => client.close() };
}
