// The content of a session: a reducer over events, with the local changes that are still on their way on top,
// and immutable snapshots of the whole.
import type { Command, Effect, FlatNode, Properties, SingleCommand } from "./wire.js";

/** A node with its children in order. It never changes: a change makes new objects, only where something changed. */
export interface TreeNode {
  readonly id: string;
  readonly parent_id: string | null;
  readonly blueprint_type_id: string;
  readonly name: string;
  readonly properties: Properties;
  readonly children: readonly TreeNode[];
}

/** A node as the reducer keeps it. A record is replaced, never changed. */
interface NodeRecord {
  readonly parent: string | undefined;
  readonly type: string;
  readonly name: string;
  readonly properties: Properties;
  readonly children: readonly string[];
}

/** Null for a node that the records below have, and these do not. */
type Records = Map<string, NodeRecord | null>;

/** Parent of all roots. It has no parent itself. */
export const TOP = "";
const EMPTY: NodeRecord = { parent: undefined, type: "", name: "", properties: {}, children: [] };

/** Records in a map, over those of another map if there is one. */
class Layer {
  #records: Records;
  #changed: Set<string>;
  #below: Records | undefined;

  constructor(records: Records, changed: Set<string>, below?: Records) {
    this.#records = records;
    this.#changed = changed;
    this.#below = below;
  }

  get(id: string | undefined): NodeRecord | undefined {
    const record = this.#records.get(id as string);
    return (record === undefined ? this.#below?.get(id as string) : record) ?? undefined;
  }

  set(id: string, record: NodeRecord | null): void {
    this.#changed.add(id);
    if (record || this.#below) this.#records.set(id, record);
    else this.#records.delete(id);
  }

  update(id: string | undefined, change: (record: NodeRecord) => Partial<NodeRecord>): void {
    const record = this.get(id);
    if (record) this.set(id as string, { ...record, ...change(record) });
  }

  take(id: string): void {
    this.update(this.get(id)?.parent, ({ children }) => ({ children: children.filter((child) => child !== id) }));
  }

  place(id: string, parent: string, index?: number | null): void {
    this.take(id);
    this.update(id, () => ({ parent }));
    // Beyond the end is the end.
    const at = index ?? Infinity;
    this.update(parent, ({ children }) => ({ children: children.toSpliced(at, 0, id) }));
  }

  move(id: string, parent: string, index?: number | null): void {
    // A local change may have lost its sense through the changes of others.
    for (let at: string | undefined = parent; at !== TOP; at = this.get(at)?.parent) {
      if (at === undefined || at === id) return;
    }
    if (this.get(id)) this.place(id, parent, index);
  }

  remove(id: string): void {
    for (const child of this.get(id)?.children ?? []) this.remove(child);
    this.set(id, null);
  }

  /** The reducer. What does not fit changes nothing. */
  apply(effect: Effect): void {
    switch (effect.type) {
      case "node-created": {
        const parent = effect.parent_id ?? TOP;
        if (this.get(effect.node_id) || !this.get(parent)) return;
        const { blueprint_type_id: type, name, properties } = effect;
        this.set(effect.node_id, { parent: undefined, type, name, properties, children: [] });
        return this.place(effect.node_id, parent, effect.index);
      }
      case "node-deleted":
        this.take(effect.node_id);
        return this.remove(effect.node_id);
      case "node-linked":
        return this.move(effect.child_id, effect.parent_id ?? TOP, effect.index);
      case "node-unlinked":
        return this.move(effect.child_id, TOP);
      case "node-renamed":
        return this.update(effect.node_id, () => ({ name: effect.name }));
      case "property-changed":
        return this.update(effect.node_id, ({ properties }) => ({
          properties: { ...properties, [effect.property_id]: effect.new_value },
        }));
      case "property-deleted":
        return this.update(effect.node_id, ({ properties }) => {
          const { [effect.property_id]: _, ...others } = properties;
          return { properties: others };
        });
    }
  }
}

const EFFECTS = {
  CreateNode: "node-created",
  DeleteNode: "node-deleted",
  LinkNode: "node-linked",
  UnlinkNode: "node-unlinked",
  RenameNode: "node-renamed",
  UpdateProperty: "property-changed",
  DeleteProperty: "property-deleted",
} as const satisfies Record<SingleCommand["command_type"], Effect["type"]>;

/** What a command does if nothing stands in its way. The fields of its data are those of the event. */
export function effectsOf(command: Command): Effect[] {
  if (command.command_type === "Batch") return command.data.commands.flatMap(effectsOf);
  const { command_type, data } = command;
  const defaults = { parent_id: null, name: "New Node", properties: {} };
  const new_value = "value" in data ? data.value : undefined;
  return [{ ...defaults, ...data, new_value, type: EFFECTS[command_type] } as Effect];
}

export class Tree {
  #confirmed: Records = new Map([[TOP, EMPTY]]);
  #effects: () => readonly Effect[];
  /** What the local changes make of some of the confirmed nodes. */
  #local: Records = new Map();
  /** Nodes whose snapshot may be out of date. */
  #stale = new Set([TOP]);
  #snapshots = new Map<string, TreeNode>();

  /** `local` returns what the changes do that are still on their way. */
  constructor(local: () => readonly Effect[]) {
    this.#effects = local;
  }

  /** Replaces the confirmed content by a list in which siblings stand in order. */
  load(nodes: readonly FlatNode[]): void {
    const records = new Map<string, NodeRecord & { children: string[] }>([[TOP, { ...EMPTY, children: [] }]]);
    for (const { id, parent_id, blueprint_type_id: type, name, properties } of nodes) {
      records.set(id, { parent: parent_id ?? TOP, type, name, properties, children: [] });
    }
    for (const { id, parent_id } of nodes) records.get(parent_id ?? TOP)?.children.push(id);
    this.#stale = new Set([...this.#stale, ...this.#confirmed.keys(), ...records.keys()]);
    this.#confirmed = records;
  }

  /** Applies an event of the server. */
  apply(effect: Effect): void {
    new Layer(this.#confirmed, this.#stale).apply(effect);
  }

  /** The local changes are others. */
  touch(): void {
    this.#stale.add(TOP);
  }

  node(id: string): TreeNode | undefined {
    if (this.#stale.size > 0) this.#refresh();
    return this.#snapshots.get(id);
  }

  #refresh(): void {
    const stale = this.#stale.add(TOP);
    for (const id of this.#local.keys()) stale.add(id);
    this.#local = new Map();
    const layer = new Layer(this.#local, stale, this.#confirmed);
    for (const effect of this.#effects()) layer.apply(effect);
    // A node that changed changes all above it. The loop comes to those that are added in it as well.
    for (const id of stale) {
      const parent = layer.get(id)?.parent;
      if (parent === undefined) continue;
      stale.add(parent);
    }
    const snapshot = (id: string): TreeNode => {
      const old = this.#snapshots.get(id);
      if (old && !stale.has(id)) return old;
      const record = layer.get(id) ?? EMPTY;
      const children = record.children.map(snapshot);
      const made = keep(same, old, {
        id,
        parent_id: record.parent || null,
        blueprint_type_id: record.type,
        name: record.name,
        properties: keep(sameJson, old?.properties, record.properties),
        children: keep(same, old?.children, children),
      });
      this.#snapshots.set(id, made);
      return made;
    };
    snapshot(TOP);
    for (const id of stale) if (!layer.get(id)) this.#snapshots.delete(id);
    stale.clear();
  }
}

/** The old value, if the new one is the same. */
function keep<Value>(same: (one: Value, other: Value) => boolean, old: Value | undefined, made: Value): Value {
  return old && same(old, made) ? old : made;
}

/** Whether two objects or lists have the same values in the same order. */
function same(one: object, other: object): boolean {
  const [ours, theirs] = [Object.values(one), Object.values(other)];
  return ours.length === theirs.length && ours.every((value, place) => value === theirs[place]);
}

function sameJson(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
