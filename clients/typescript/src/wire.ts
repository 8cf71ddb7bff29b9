// What goes over the wire, from the types that are made from the server's OpenAPI document.
import type { components } from "./api.js";

type Schemas = components["schemas"];

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Properties of a node: each any JSON. */
export type Properties = Readonly<Record<string, unknown>>;

/** Under `type` on the live connection, and under `event` over REST. */
type Live<E> = E extends { event: infer Name } ? Omit<E, "event"> & { type: Name } : never;

/** A durable event of a session. */
export type SessionEvent = Live<Schemas["Event"]>;
export type EventOf<Name extends SessionEvent["type"]> = Extract<SessionEvent, { type: Name }>;

/** What an event does to the tree. */
export type Effect =
  | Pick<
      EventOf<"node-created">,
      "type" | "node_id" | "parent_id" | "blueprint_type_id" | "name" | "properties" | "index"
    >
  | Pick<EventOf<"node-deleted">, "type" | "node_id">
  | Pick<EventOf<"node-linked">, "type" | "parent_id" | "child_id" | "index">
  | Pick<EventOf<"node-unlinked">, "type" | "child_id">
  | Pick<EventOf<"node-renamed">, "type" | "node_id" | "name">
  | Pick<EventOf<"property-changed">, "type" | "node_id" | "property_id" | "new_value">
  | Pick<EventOf<"property-deleted">, "type" | "node_id" | "property_id">;

type Bare<C> = C extends { command_type: infer Type; data: infer Data } ? { command_type: Type; data: Data } : never;

/** A command, without who executes it. */
export type Command = Bare<Schemas["CommandBody"]>;
export type SingleCommand = Exclude<Command, { command_type: "Batch" }>;
export type DataOf<Type extends Command["command_type"]> = Extract<Command, { command_type: Type }>["data"];

/** `session`: the last step of anybody; `client`: one's own last step. */
export type Scope = Schemas["Scope"];
export type Executed = Schemas["Executed"];
export type ConnectedClient = Schemas["ConnectedClient"];
export type SessionInfo = Schemas["SessionInfo"];
export type FlatNode = Schemas["FlatNodeBody"];

/** An answer to a request, or what the server says unasked, beside the events. */
export type Reply =
  | ({ type: "joined"; graph?: { nodes: FlatNode[] } | null; clients: ConnectedClient[]; epoch?: string } & Joined)
  | ({ type: "executed" } & Executed)
  | { type: "left" }
  | { type: "authenticated"; expires_at: string | null }
  | { type: "error"; code: string; message: string; details?: Record<string, unknown> };

interface Joined {
  client_id: string;
  active_clients: number;
  seq: number;
  revision: number;
}

export type Frame = { ref?: number | string; session_id?: string } & (
  | SessionEvent
  | Reply
  | { type: "presence"; client_id: string; data: Json }
  | { type: "message"; data: Json }
  | { type: "gap" }
  | { type: "reconnect"; after_ms: number; reason: string }
  | { type: "token-expiring" }
  | { type: "pong" }
);
