// What a program in TypeScript may write with the types that are made of the OpenAPI document: it is only
// compiled.
import type { components, paths } from "../../target/openapi";

type Body = paths["/api/v1/sessions/{session_id}/commands"]["post"]["requestBody"]["content"]["application/json"];
type Executed = components["schemas"]["Executed"];
type Event = components["schemas"]["Event"];

const create: Body = {
  command_type: "CreateNode",
  data: { blueprint_type_id: "task", name: "Buy milk", properties: { tags: ["a", 1, null] } },
};
export const batch: Body = { command_type: "Batch", data: { commands: [create] } };

// @ts-expect-error: a command has the data of its type.
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
