/** @typedef {import("../types.js").TreeNode} TreeNode */
/** @typedef {import("../types.js").Frame} Frame */

/** The content of a session, kept by its events. */
export class Tree {
  /** @type {Map<string, TreeNode>} */
  nodes = new Map();
  /** @type {TreeNode[]} */
  roots = [];

  /** Takes a whole graph, as `GET …/graph` lists it: siblings together and in order. @param {any[]} list */
  load(list) {
    this.nodes = new Map(list.map((node) => [node.id, { ...node, children: [] }]));
    this.roots = [];
    for (const node of this.nodes.values()) this.#siblings(node.parent_id).push(node);
  }

  /** @param {Frame} event */
  apply(event) {
    switch (event.type) {
      case "node-created": {
        const { node_id: id, parent_id, blueprint_type_id, name, properties, index } = event;
        /** @type {TreeNode} */
        const node = { id, parent_id, blueprint_type_id, name, properties: { ...properties }, children: [] };
        this.nodes.set(id, node);
        this.#siblings(parent_id).splice(index, 0, node);
        return;
      }
      case "node-deleted":
        return this.#forget(this.#take(event.node_id));
      case "node-linked":
        return this.#move(event.child_id, event.parent_id, event.index);
      case "node-unlinked":
        return this.#move(event.child_id, null, Infinity);
    }
    const node = this.nodes.get(event.node_id);
    if (!node) return;
    if (event.type === "node-renamed") node.name = event.name;
    if (event.type === "property-changed") node.properties[event.property_id] = event.new_value;
    if (event.type === "property-deleted") delete node.properties[event.property_id];
  }

  /** From the root to the node, without itself. @param {TreeNode} node */
  ancestors(node) {
    const path = [];
    for (let id = node.parent_id; id; ) {
      const parent = this.nodes.get(id);
      if (!parent) break;
      path.unshift(parent);
      id = parent.parent_id;
    }
    return path;
  }

  /** @param {string | null} parent @returns {TreeNode[]} */
  #siblings(parent) {
    return (parent && this.nodes.get(parent)?.children) || this.roots;
  }

  /** @param {string} id @param {string | null} parent @param {number} index */
  #move(id, parent, index) {
    const node = this.#take(id);
    if (!node) return;
    node.parent_id = parent;
    this.#siblings(parent).splice(index, 0, node);
  }

  /** Takes a node out of its siblings. @param {string} id */
  #take(id) {
    const node = this.nodes.get(id);
    if (!node) return undefined;
    const siblings = this.#siblings(node.parent_id);
    siblings.splice(siblings.indexOf(node), 1);
    return node;
  }

  /** @param {TreeNode | undefined} node */
  #forget(node) {
    const left = node ? [node] : [];
    for (let next = left.pop(); next; next = left.pop()) {
      this.nodes.delete(next.id);
      for (const child of next.children) left.push(child);
    }
  }
}
