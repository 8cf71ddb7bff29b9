import { useEffect, useState } from "./preact.js";
import { useVersion } from "./api.js";
import { live } from "./live.js";
import { useStore } from "./store.js";

/**
 * Figures that the server has of itself: single ones, and within how many seconds a share of what a histogram has seen
 * took place.
 * @typedef {{version: string, value: (name: string) => number | undefined, within: (name: string, share: number) => number | undefined}} Metrics
 */

/**
 * The figures of the server, from its page for Prometheus: undefined until they are read, and null where it shows
 * none to this page. They are read again on request, when the tab is looked at again, and when the connection is back.
 * @returns {[Metrics | null | undefined, () => void]}
 */
export function useMetrics() {
  const [metrics, setMetrics] = useState(/** @type {Metrics | null | undefined} */ (undefined));
  const [version, again] = useVersion();
  const isOpen = useStore(live.state) === "open";
  useEffect(() => {
    let isWanted = isOpen;
    if (isOpen) readMetrics().then((read) => isWanted && setMetrics(read));
    return () => { isWanted = false; };
  }, [version, isOpen]);
  return [metrics, again];
}

async function readMetrics() {
  try {
    const response = await fetch(new URL("metrics", document.baseURI));
    return response.ok ? parseMetrics(await response.text()) : null;
  } catch {
    return null;
  }
}

/**
 * Each value by its name with its labels, `a{b="c"}`, and by the name alone the sum: what has failed, of whatever kind.
 * @param {string} text
 * @returns {Metrics}
 */
function parseMetrics(text) {
  /** @type {Map<string, number>} */
  const values = new Map();
  /** How much a histogram has seen up to each bound. @type {Map<string, Map<number, number>>} */
  const histograms = new Map();
  let version = "";
  for (const line of text.split("\n")) {
    const match = line.match(/^(\w+)(\{.*\})? (\S+)/);
    if (!match) continue;
    const [, name, labels, value] = match;
    if (name === "rollcall_build_info") version = labels?.match(/version="([^"]*)"/)?.[1] ?? "";
    if (labels) values.set(name + labels, Number(value));
    values.set(name, (values.get(name) ?? 0) + Number(value));
    const bound = labels?.match(/le="([^"]*)"/)?.[1];
    if (bound) {
      const upTo = Number(bound.replace("+Inf", "Infinity"));
      const bounds = histograms.get(name) ?? new Map();
      histograms.set(name, bounds.set(upTo, (bounds.get(upTo) ?? 0) + Number(value)));
    }
  }
  /** @param {string} name @param {number} share */
  function within(name, share) {
    const bounds = [...(histograms.get(`${name}_bucket`) ?? [])];
    const all = bounds.at(-1)?.[1] ?? 0;
    return all > 0 ? bounds.find(([, count]) => count >= all * share)?.[0] : undefined;
  }
  return { version, value: (name) => values.get(name), within };
}
