import { html, useLayoutEffect, useRef, useState } from "../preact.js";

/** @typedef {import("./tree-rows.js").Row} Row */

/** As the stylesheet has it. */
const ROW_HEIGHT = 28;
/** Lines that are drawn beyond the visible ones. */
const MARGIN = 10;
/** Letters that are typed within this time, in milliseconds, search for one name. */
const TYPE_AHEAD = 1000;

/**
 * A tree by the ARIA pattern: one tab stop, moved through by keys. Only visible lines are in the document.
 * @param {{rows: Row[], active: string, words: string, select: (id: string) => void, toggle: (id: string, open: boolean) => void}} props
 */
export function TreeView({ rows, active, words, select, toggle }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const [view, setView] = useState({ top: 0, height: 600 });
  const typed = useRef({ text: "", at: 0 });
  const place = rows.findIndex((row) => row.node.id === active);
  // The active line is kept in sight when it moves; scrolling manually may leave it.
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || place < 0) return;
    const top = place * ROW_HEIGHT;
    if (top < element.scrollTop) element.scrollTop = top;
    const bottom = top + ROW_HEIGHT - element.clientHeight;
    if (bottom > element.scrollTop) element.scrollTop = bottom;
  }, [active]);
  useLayoutEffect(() => measure(), []);
  function measure() {
    if (box.current) setView({ top: box.current.scrollTop, height: box.current.clientHeight });
  }
  // There may be fewer lines than when it was scrolled.
  const top = Math.max(0, Math.min(view.top, rows.length * ROW_HEIGHT - view.height));
  const first = Math.max(0, Math.floor(top / ROW_HEIGHT) - MARGIN);
  const last = Math.min(rows.length, Math.ceil((top + view.height) / ROW_HEIGHT) + MARGIN);
  const drawn = rows.slice(first, last).map((row, index) => ({ row, place: first + index }));
  // What has the focus must be in the document.
  if (place >= 0 && (place < first || place >= last)) drawn.push({ row: rows[place], place });

  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    const next = event.ctrlKey || event.altKey || event.metaKey ? null : move(event.key);
    if (next === null) return;
    event.preventDefault();
    if (rows[next]) select(rows[next].node.id);
  }
  /** Where a key leads; null if it is not one of the tree's. @param {string} key @returns {number | null} */
  function move(key) {
    const row = rows[place];
    const page = Math.max(1, Math.floor(view.height / ROW_HEIGHT) - 1);
    switch (key) {
      case "ArrowDown": return Math.min(rows.length - 1, place + 1);
      case "ArrowUp": return Math.max(0, place - 1);
      case "Home": return 0;
      case "End": return rows.length - 1;
      case "PageDown": return Math.min(rows.length - 1, place + page);
      case "PageUp": return Math.max(0, place - page);
      case "ArrowRight":
        if (!row?.node.children.length) return place;
        if (row.isOpen) return place + 1;
        toggle(row.node.id, true);
        return place;
      case "ArrowLeft":
        if (!row) return place;
        if (row.isOpen && !words) {
          toggle(row.node.id, false);
          return place;
        }
        return rows.findIndex(({ node }) => node.id === row.node.parent_id);
      case "Enter":
        return place;
      case " ":
        // Within a name that is being typed it is a letter.
        return isTyping() ? typeAhead(key) : place;
    }
    return key.length === 1 ? typeAhead(key.toLowerCase()) : null;
  }
  function isTyping() {
    return Date.now() - typed.current.at < TYPE_AHEAD;
  }
  /** @param {string} letter */
  function typeAhead(letter) {
    typed.current = { text: isTyping() ? typed.current.text + letter : letter, at: Date.now() };
    const { text } = typed.current;
    // A first letter leads to the next node with it; more letters may also keep the one that is active.
    const start = text.length === 1 ? place + 1 : Math.max(0, place);
    for (let step = 0; step < rows.length; step += 1) {
      const candidate = (start + step) % rows.length;
      if (rows[candidate].node.name.toLowerCase().startsWith(text)) return candidate;
    }
    return place;
  }

  return html`<div class="tree" role="tree" aria-label="Nodes" tabindex="0" ref=${box} onScroll=${measure} onKeyDown=${onKeyDown}
    aria-activedescendant=${place >= 0 ? `node-${active}` : undefined}
    onFocus=${() => { if (place < 0 && rows.length) select(rows[0].node.id); }}>
    <div style=${{ height: `${rows.length * ROW_HEIGHT}px` }} role="none"></div>
    ${drawn.map(({ row, place }) => html`<${Line} key=${row.node.id} row=${row} place=${place} isActive=${row.node.id === active}
      words=${words} select=${select} toggle=${toggle} />`)}
  </div>`;
}

/** @param {{row: Row, place: number, isActive: boolean, words: string, select: (id: string) => void, toggle: (id: string, open: boolean) => void}} props */
function Line({ row: { node, level, place: position, size, isOpen }, place, isActive, words, select, toggle }) {
  const hasChildren = node.children.length > 0;
  /** @param {Event} event */
  function onTwist(event) {
    event.stopPropagation();
    toggle(node.id, !isOpen);
  }
  return html`<div class=${`tree-item${isActive ? " active" : ""}`} id=${`node-${node.id}`} role="treeitem" aria-level=${level}
    aria-posinset=${position} aria-setsize=${size} aria-selected=${isActive} aria-expanded=${hasChildren ? isOpen : undefined}
    aria-label=${`${node.name || "no name"}, ${node.blueprint_type_id}`}
    style=${{ top: `${place * ROW_HEIGHT}px`, paddingLeft: `${Math.min(level - 1, 40) * 18 + 4}px` }}
    onClick=${() => select(node.id)} onDblClick=${() => hasChildren && toggle(node.id, !isOpen)}>
    <span class="twist" aria-hidden="true" onClick=${hasChildren ? onTwist : undefined}>${hasChildren && html`<svg viewBox="0 0 10 10">
      <path d="M3 1l4 4-4 4" fill="none" stroke="currentColor" stroke-width="1.6" /></svg>`}</span>
    <span class="tree-name"><${Marked} text=${node.name || "(no name)"} words=${words} /></span>
    <span class="kind">${node.blueprint_type_id}</span>
  </div>`;
}

/** @param {{text: string, words: string}} props */
function Marked({ text, words }) {
  const at = words ? text.toLowerCase().indexOf(words) : -1;
  if (at < 0) return text;
  return html`${text.slice(0, at)}<mark>${text.slice(at, at + words.length)}</mark>${text.slice(at + words.length)}`;
}
