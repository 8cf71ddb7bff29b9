// A WebSocket without a network: the test is the server.
import type { WebSocketLike } from "rollcall-client";

export class FakeSocket implements WebSocketLike {
  /** All that were opened, the latest last. */
  static opened: FakeSocket[] = [];
  static get last(): FakeSocket {
    return FakeSocket.opened.at(-1)!;
  }

  readyState = 0;
  onopen: ((event: any) => void) | null = null;
  onmessage: ((event: any) => void) | null = null;
  onclose: ((event: any) => void) | null = null;
  onerror: ((event: any) => void) | null = null;
  /** What the client has sent. */
  sent: any[] = [];

  constructor(readonly url: string) {
    FakeSocket.opened.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.readyState = 3;
  }

  accept(): this {
    this.readyState = 1;
    this.onopen?.({});
    return this;
  }

  say(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  /** Answers the latest request of that type. */
  answer(type: string, frame: object): void {
    const { ref, session_id } = this.sent.findLast((request: any) => request.type === type);
    this.say({ session_id, ...frame, ref });
  }

  /** Lets the latest join succeed. Each connection is another client. */
  welcome(): void {
    const client_id = `client ${FakeSocket.opened.length}`;
    const clients = [{ client_id, user: null, presence: null }];
    const joined = { client_id, active_clients: 1, seq: 1, revision: 0, epoch: "e", clients };
    this.answer("join_session", { type: "joined", ...joined, graph: { nodes: [] } });
  }

  end(code: number): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}
