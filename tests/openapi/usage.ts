// Checks, by compiling only, what a TypeScript program can write with the types that are generated from the
// OpenAPI document.
import type { components, paths } from "../../target/openapi";

type Body = paths["/api/v1/sessions/{session_id}/commands"]["post"]["requestBody"]["content"]["application/json"];
type Executed = components["schemas"]["Executed"];
type Event = components["schemas"]["Event"];

const create: Body = {
  command_type: "CreateNode",
  data: { blueprint_type_id: "task", name: "Buy milk", properties: { tags: ["a", 1, null] } },
};
export const batch: Body = { command_type: "Batch", data: { commands: [create] } };

// @ts-expect-error: each type of command has its own data.
export const mixed: Body = { command_type: "DeleteNode", data: { blueprint_type_id: "task" } };

export function createdNode(executed: Executed): unknown {
  return executed.result["node_id"];
}

export function describe(event: Event): string {
  switch (event.event) {
    case "node-created":
      return `${event.name} at ${event.index}`;
    case "session-removed":
      return event.reason;
    default:
      return event.timestamp;
  }
}
