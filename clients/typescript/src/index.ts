export { type Client, type ClientOptions, createClient } from "./client.js";
export { type Batch, createId } from "./commands.js";
export type { WebSocketConstructor, WebSocketLike } from "./connection.js";
export { RollcallError } from "./error.js";
export type { Other } from "./others.js";
export type { Session, SessionEvents, SessionOptions, Status } from "./session.js";
export type { TreeNode } from "./tree.js";
export type { Command, DataOf, Effect, EventOf, Executed, Json, Scope, SessionEvent } from "./wire.js";
export type { components, paths } from "./api.js";
