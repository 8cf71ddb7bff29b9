/** @typedef {import("../types.js").TreeNode} TreeNode */
/** @typedef {import("./tree.js").Tree} Tree */

/** One visible line of the tree. @typedef {{node: TreeNode, level: number, place: number, size: number, isOpen: boolean}} Row */

/** The nodes that match, with all above them; null if nothing is searched. @param {Tree} tree @param {string} words */
export function search(tree, words) {
  if (!words) return null;
  const found = new Set();
  const shown = new Set();
  for (const node of tree.nodes.values()) {
    if (![node.name, node.blueprint_type_id, node.id].some((text) => text.toLowerCase().includes(words))) continue;
    found.add(node.id);
    for (const above of tree.ancestors(node)) shown.add(above.id);
  }
  for (const id of found) shown.add(id);
  return { found, shown };
}

/**
 * The lines that are visible: of open nodes also their children. While something is searched, all that leads
 * to a match is open.
 * @param {Tree} tree
 * @param {Set<string>} closed
 * @param {{shown: Set<string>} | null} filter
 * @returns {Row[]}
 */
export function visibleRows(tree, closed, filter) {
  /** @type {Row[]} */
  const rows = [];
  // Not recursive: a tree may be deeper than the stack.
  const left = [{ siblings: siblingsOf(tree.roots), next: 0, level: 1 }];
  while (left.length) {
    const top = left[left.length - 1];
    if (top.next === top.siblings.length) {
      left.pop();
      continue;
    }
    const node = top.siblings[top.next++];
    const children = siblingsOf(node.children);
    const isOpen = children.length > 0 && (filter !== null || !closed.has(node.id));
    rows.push({ node, level: top.level, place: top.next, size: top.siblings.length, isOpen });
    if (isOpen) left.push({ siblings: children, next: 0, level: top.level + 1 });
  }
  return rows;

  /** @param {TreeNode[]} nodes */
  function siblingsOf(nodes) {
    return filter ? nodes.filter((node) => filter.shown.has(node.id)) : nodes;
  }
}
