import { Batch, Commands } from "./commands.js";
import type { Connection, Member } from "./connection.js";
import { RollcallError } from "./error.js";
import { History } from "./history.js";
import { type Other, Others } from "./others.js";
import { Outbox, type Pending } from "./outbox.js";
import { effectsOf, TOP, Tree, type TreeNode } from "./tree.js";
import type {
  Command,
  ConnectedClient,
  Effect,
  Executed,
  FlatNode,
  Frame,
  Json,
  Scope,
  SessionEvent,
  SessionInfo,
} from "./wire.js";

/** A loss that is over sooner is not worth a word. */
const LOSS_NOTICE = 5_000;
/** How long a burst of undos is waited for before the server is asked what is left to undo. */
const HISTORY_DELAY = 200;

/** `disconnected` is final; `reconnecting` is not. */
export type Status = "connecting" | "connected" | "reconnecting" | "disconnected";

export interface SessionOptions<Presence, User> {
  /** Who is here, for the others: any JSON of at most 4 KiB. */
  user?: User;
  /** The first presence; `updatePresence` changes it. */
  presence?: Presence;
}

/** What `on` reports, and with what. */
export interface SessionEvents {
  /** Something that the properties answer has changed. */
  change: undefined;
  /** Each durable event, after the tree has it. */
  event: SessionEvent;
  status: Status;
  /** The connection has been away for 5 seconds (`lost`), and is back (`restored`). */
  "lost-connection": "lost" | "restored";
  /** Missed events were no longer kept: the content is read anew. */
  gap: undefined;
  /** The session was removed. */
  removed: undefined;
  /** The session is over, or a message was refused. Errors of commands are in their promises. */
  error: RollcallError;
  /** What a server-side program sent to all in the session. */
  message: Json;
}

type Listener = (value: any) => void;

/** One session: its content, who is in it, and how to change both. */
export class Session<Presence extends object = Record<string, Json>, User = Json>
  extends Commands<Promise<Executed>>
  implements Member
{
  /** Why the status is `disconnected`. */
  error: RollcallError | undefined;
  /** How many callers of `client.session` have it. @internal */
  uses = 0;
  #status: Status = "connecting";
  #connection: Connection;
  #throttle: number;
  #outbox = new Outbox();
  #tree = new Tree(() => this.#outbox.effects);
  #history = new History();
  #others = new Others();
  #self: Other<Presence, User>;
  #joined = false;
  /** The last event that the tree has, and the epoch that its number belongs to; none before the first join. */
  #seq: number | undefined;
  #epoch: string | undefined;
  /** `others` is as of this event. */
  #presentSeq = 0;
  #handlers = new Map<string, Set<Listener>>();
  #notifyTimer: ReturnType<typeof setTimeout> | undefined;
  #presenceChanged = false;
  #presenceTimer: ReturnType<typeof setTimeout> | undefined;
  #historyTimer: ReturnType<typeof setTimeout> | undefined;
  #lossTimer: ReturnType<typeof setTimeout> | undefined;

  /** Made by `client.session`. @internal */
  constructor(
    readonly id: string,
    options: SessionOptions<Presence, User>,
    connection: Connection,
    throttle: number,
  ) {
    super();
    this.#self = { client_id: "", user: options.user ?? null, presence: options.presence ?? null };
    this.#connection = connection;
    this.#throttle = throttle;
    connection.add(id, this);
  }

  get status(): Status {
    return this.#status;
  }

  /** The roots of the tree, with the local changes that are still on their way. */
  get tree(): readonly TreeNode[] {
    return this.#tree.node(TOP)!.children;
  }

  /** One node of the tree. */
  node(id: string): TreeNode | undefined {
    return this.#tree.node(id);
  }

  /** The other clients in the session. They stay through a short loss of the connection. */
  get others(): readonly Other<Presence, User>[] {
    return this.#others.list as readonly Other<Presence, User>[];
  }

  /** This client as the others see it. */
  get self(): Other<Presence, User> {
    return this.#self;
  }

  canUndo(scope?: Scope): boolean {
    return this.#history.can("undo", scope);
  }

  canRedo(scope?: Scope): boolean {
    return this.#history.can("redo", scope);
  }

  /** Undoes the last command of anybody (`session`) or one's own last one (`client`). */
  undo(scope: Scope = "session"): Promise<Executed> {
    return this.#submit({ type: "undo", scope });
  }

  redo(scope: Scope = "session"): Promise<Executed> {
    return this.#submit({ type: "redo", scope });
  }

  /** Makes several commands one: all or nothing, and one undo step. */
  batch(build: (batch: Batch) => void): Promise<Executed> {
    const batch = new Batch();
    build(batch);
    return this.execute({ command_type: "Batch", data: { commands: batch.commands } });
  }

  /** Executes a command. It shows at once; the promise is fulfilled when the server has it and the tree too. */
  execute(command: Command): Promise<Executed> {
    return this.#submit({ type: "execute", ...command }, command);
  }

  /** Merges `change` into the own presence and sends it to the others, throttled. */
  updatePresence(change: Partial<Presence>): void {
    this.#self = { ...this.#self, presence: { ...this.#self.presence, ...change } as Presence };
    this.#presenceChanged = true;
    this.#sendPresence();
    this.#notify();
  }

  /** Calls `listener` after every change of what the properties answer. Returns how to stop it. */
  subscribe = (listener: () => void): (() => void) => this.on("change", listener);

  /** Calls `handler` each time. Returns how to stop it. */
  on<Name extends keyof SessionEvents>(name: Name, handler: (value: SessionEvents[Name]) => void): () => void {
    const handlers = this.#handlers.get(name) ?? new Set();
    this.#handlers.set(name, handlers.add(handler));
    return () => handlers.delete(handler);
  }

  /** Leaves the session, once everybody who got it from `client.session` did. Rejects what is not confirmed yet. */
  close(): void {
    if (this.#status === "disconnected" || --this.uses > 0) return;
    this.#request("leave_session", {});
    this.#end(new RollcallError({ code: "CLOSED", message: "The session was closed." }));
  }

  // The connection's side.

  /** @internal */
  opened(): void {
    const since = this.#seq === undefined ? { with: "graph" } : { since: this.#seq, epoch: this.#epoch };
    this.#request("join_session", { user: this.#self.user, ...since }, (answer) => {
      // Closed meanwhile.
      if (this.error) return;
      if (answer.type === "joined") this.#welcome(answer);
      else if (answer.type === "error" && !this.#connection.handles(answer.code)) {
        this.failed(new RollcallError(answer));
      }
    });
  }

  /** @internal */
  lost(): void {
    this.#joined = false;
    if (this.#status !== "connected") return;
    this.#setStatus("reconnecting");
    this.#lossTimer = setTimeout(() => {
      this.#lossTimer = undefined;
      this.#emit("lost-connection", "lost");
    }, LOSS_NOTICE);
  }

  /** @internal */
  failed(error: RollcallError): void {
    this.#end(error);
    this.#emit("error", error);
  }

  #welcome(joined: Extract<Frame, { type: "joined" }>): void {
    this.#joined = true;
    this.#others.own.add(joined.client_id);
    this.#self = { ...this.#self, client_id: joined.client_id };
    this.#epoch = joined.epoch;
    this.#presentSeq = joined.seq;
    this.#others.replace(joined.clients);
    if (joined.clients.length < joined.active_clients) {
      void this.#get<{ clients: ConnectedClient[] }>("clients").then((all) => {
        if (all) this.#others.add(all.clients);
        this.#notifySoon();
      });
    }
    if (joined.graph) this.#load(joined.graph.nodes, joined.seq);
    if (this.#seq === undefined) return void this.#readGraph();
    this.#sendPending();
    this.#presenceChanged = this.#self.presence !== null;
    this.#sendPresence();
    this.#askHistory();
    if (this.#status === "reconnecting" && !this.#lossTimer) this.#emit("lost-connection", "restored");
    clearTimeout(this.#lossTimer);
    this.#setStatus("connected");
  }

  /** The graph was too large to come with the join: what happened since it was read comes with another one. */
  async #readGraph(): Promise<void> {
    const graph = await this.#get<{ nodes: FlatNode[]; seq: number }>("graph");
    if (!graph) return void this.#connection.handles("UNAVAILABLE");
    if (this.#seq === undefined) this.#load(graph.nodes, graph.seq);
    this.opened();
  }

  #load(nodes: readonly FlatNode[], seq: number): void {
    this.#tree.load(nodes);
    this.#seq = seq;
    // What was answered before is in it, whatever the numbers were before.
    this.#outbox.settle(Infinity);
  }

  /** @internal */
  receive(frame: Frame): void {
    switch (frame.type) {
      case "presence":
        this.#others.update(frame.client_id, { presence: frame.data });
        return this.#notifySoon();
      case "gap":
        this.#seq = undefined;
        this.#emit("gap");
        return this.opened();
      case "message":
        return this.#emit("message", frame.data);
      case "error":
        return this.#emit("error", new RollcallError(frame));
    }
    // Answers that nobody waits for have no time. Without a tree there is no number, and no event is higher.
    if ("timestamp" in frame && frame.seq > this.#seq!) this.#apply(frame);
  }

  #apply(event: SessionEvent): void {
    this.#seq = event.seq;
    switch (event.type) {
      case "session-connected":
      case "session-disconnected":
        if (event.seq <= this.#presentSeq) break;
        if (event.type === "session-disconnected") this.#others.remove(event.client_id);
        else this.#others.update(event.client_id, { user: event.user as Json });
        break;
      case "session-removed":
        this.#emit("event", event);
        this.#emit("removed");
        return this.failed(new RollcallError({ code: "SESSION_REMOVED", message: "The session was removed." }));
      case "command-executed": {
        const client = event.client_id ?? "";
        this.#history.executed(event.command_id, client, this.#others.own.has(client));
        break;
      }
      case "undo":
      case "redo":
        this.#history.mark(event.command_id, event.type === "undo" ? "session" : undefined);
        this.#historyTimer ??= setTimeout(this.#askHistory, HISTORY_DELAY);
        break;
      default:
        // The tree knows which of them concern it.
        this.#tree.apply(event as Effect);
    }
    this.#outbox.settle(event.seq);
    this.#sendPending();
    this.#tree.touch();
    this.#emit("event", event);
    this.#notifySoon();
  }

  // Requests.

  #request(type: string, fields: object, answered?: (answer: Frame) => void): void {
    this.#connection.send({ ...fields, type, session_id: this.id }, answered);
  }

  #submit(request: Pending["request"], command?: Command): Promise<Executed> {
    if (this.#status === "disconnected") return Promise.reject(this.error);
    const submitted = this.#outbox.add(request, command ? effectsOf(command) : []);
    this.#pendingChanged();
    return submitted;
  }

  /** Sends in order what this connection has not sent yet. */
  #sendPending(): void {
    if (!this.#joined) return;
    for (const [place, pending] of this.#outbox.all.entries()) {
      // Whose step is next is known once all from before is in the history.
      if (place && pending.request.scope === "client" && !pending.client) return;
      if (!pending.executed && pending.sent !== this.#self.client_id) this.#send(pending);
    }
  }

  #send(pending: Pending): void {
    const { request, key } = pending;
    pending.sent = this.#self.client_id;
    const { type, scope } = request;
    const answered = (answer: any) => this.#answered(pending, answer);
    // A step belongs to the connection that made it, and a request that is sent again to the one that sent it first.
    if (scope === "client") pending.client ??= this.#history.next(type as "undo" | "redo") ?? this.#self.client_id;
    if (pending.client && pending.client !== this.#self.client_id) {
      const body = { scope, client_id: pending.client };
      void this.#connection
        .rest("POST", `/sessions/${this.id}/${type}`, body, { "idempotency-key": key })
        .then((answer) =>
          answer
            ? answered({ type: answer.error && "error", ...answer, ...answer.error })
            : this.#connection.handles("UNAVAILABLE"),
        );
    } else {
      this.#request(type, { ...request, idempotency_key: key }, answered);
    }
  }

  #answered(pending: Pending, answer: any): void {
    const { type, scope } = pending.request;
    if (answer.type !== "error") {
      pending.executed = answer;
      if (type === "undo" && scope === "client") this.#history.mark(answer.command_id, "client");
      this.#outbox.settle(this.#seq);
    } else if (answer.code === "INTERNAL_ERROR" || !this.#connection.handles(answer.code)) {
      if (scope === "client" && /^NOTHING/.test(answer.code)) this.#history.exhausted(type as "undo" | "redo");
      this.#outbox.remove(pending);
      pending.reject(new RollcallError(answer));
    }
    this.#pendingChanged();
  }

  /** Sends the presence if it has changed, or does so when the time of the throttle is over. */
  #sendPresence(): void {
    if (!this.#joined || !this.#presenceChanged || this.#presenceTimer) return;
    this.#presenceChanged = false;
    // A refusal comes back with `ref`, by which the connection finds this session.
    this.#request("presence", { data: this.#self.presence, ref: this.id });
    this.#presenceTimer = setTimeout(() => {
      this.#presenceTimer = undefined;
      this.#sendPresence();
    }, this.#throttle);
  }

  #askHistory = async (): Promise<void> => {
    this.#historyTimer = undefined;
    if (!this.#joined) return;
    const info = await this.#get<SessionInfo>("info");
    // What came since is newer.
    if (!info || info.seq < this.#seq!) return;
    this.#history.session = { undo: info.undo_available, redo: info.redo_available };
    this.#notify();
  };

  async #get<Answer>(what: string): Promise<Answer | null> {
    const answer = await this.#connection.rest("GET", `/sessions/${this.id}/${what}`);
    return answer?.error ? null : answer;
  }

  // Listeners.

  #pendingChanged(): void {
    this.#sendPending();
    this.#tree.touch();
    this.#notify();
  }

  #setStatus(status: Status): void {
    if (this.#status === status) return;
    this.#status = status;
    this.#emit("status", status);
    this.#notify();
  }

  #end(error: RollcallError): void {
    clearTimeout(this.#lossTimer);
    this.error = error;
    this.#joined = false;
    this.#connection.remove(this.id);
    this.#outbox.reject(error);
    this.#setStatus("disconnected");
  }

  #emit<Name extends keyof SessionEvents>(name: Name, value?: SessionEvents[Name]): void {
    for (const handler of new Set(this.#handlers.get(name))) {
      try {
        handler(value);
      } catch (error) {
        // A handler that fails must not stop the session; the runtime reports it.
        setTimeout(() => {
          throw error;
        });
      }
    }
  }

  #notify(): void {
    this.#notifyTimer = undefined;
    this.#emit("change");
  }

  /** Once for all frames that have come. */
  #notifySoon(): void {
    this.#notifyTimer ??= setTimeout(() => this.#notify());
  }
}
