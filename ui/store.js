import { useEffect, useState } from "./preact.js";

/**
 * A value that components follow.
 * @template T
 */
export class Store {
  /** @param {T} value */
  constructor(value) {
    this.value = value;
    /** @type {Set<() => void>} */
    this.listeners = new Set();
  }

  /** @param {T} value */
  set(value) {
    this.value = value;
    for (const listener of this.listeners) listener();
  }

  /** Notifies the listeners, after a change within the value. */
  changed() {
    this.set(this.value);
  }
}

/**
 * The value of a store. The component is drawn at most once a frame, however often the value changes.
 * @template T
 * @param {Store<T>} store
 * @returns {T}
 */
export function useStore(store) {
  const [, redraw] = useState({});
  useEffect(() => {
    let frame = 0;
    const listener = () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        redraw({});
      });
    };
    // It may have changed between the first drawing and now.
    listener();
    store.listeners.add(listener);
    return () => {
      cancelAnimationFrame(frame);
      store.listeners.delete(listener);
    };
  }, [store]);
  return store.value;
}
