// The commands as methods, for a session and for a batch.
import type { Command, DataOf, SingleCommand } from "./wire.js";

/** A new random UUID. Give it to `createNode` to know the id of a node at once. */
export function createId(): string {
  const digit = () => (crypto.getRandomValues(new Uint8Array(1))[0]! & 15).toString(16);
  return "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx".replace(/x/g, digit);
}

/** The commands; `Result` is what each returns. */
export abstract class Commands<Result> {
  protected abstract execute(command: Command): Result;

  /** Creates a node, as the last root unless `parent_id` and `index` say otherwise. */
  createNode(data: DataOf<"CreateNode">): Result {
    return this.execute({ command_type: "CreateNode", data: { ...data, node_id: data.node_id ?? createId() } });
  }

  /** Deletes a node with all below it. */
  deleteNode(node_id: string): Result {
    return this.execute({ command_type: "DeleteNode", data: { node_id } });
  }

  /** Moves a node under `parent_id`, or among the roots for null; `index` counts the siblings without it. */
  linkNode(child_id: string, parent_id: string | null, index?: number): Result {
    return this.execute({ command_type: "LinkNode", data: { child_id, parent_id, index } as DataOf<"LinkNode"> });
  }

  /** Makes a node the last root. */
  unlinkNode(child_id: string): Result {
    return this.execute({ command_type: "UnlinkNode", data: { child_id } });
  }

  renameNode(node_id: string, name: string): Result {
    return this.execute({ command_type: "RenameNode", data: { node_id, name } });
  }

  setProperty(node_id: string, property_id: string, value: unknown): Result {
    return this.execute({ command_type: "UpdateProperty", data: { node_id, property_id, value } });
  }

  deleteProperty(node_id: string, property_id: string): Result {
    return this.execute({ command_type: "DeleteProperty", data: { node_id, property_id } });
  }
}

/** Collects the commands of a batch. */
export class Batch extends Commands<void> {
  readonly commands: SingleCommand[] = [];

  protected execute(command: Command): void {
    this.commands.push(command as SingleCommand);
  }
}
