/** Figures that the server has of itself, from its page for Prometheus; null where it serves none to this page. */
export async function readMetrics() {
  try {
    const response = await fetch(new URL("metrics", document.baseURI));
    return response.ok ? parseMetrics(await response.text()) : null;
  } catch {
    return null;
  }
}

/** The values of those without labels by name, and the labels of the others. @param {string} text */
export function parseMetrics(text) {
  /** @type {Map<string, number>} */
  const values = new Map();
  let version = "";
  for (const line of text.split("\n")) {
    const match = line.match(/^(\w+)(?:\{(.*)\})? (\S+)/);
    if (!match) continue;
    const [, name, labels, value] = match;
    if (name === "rollcall_build_info") version = labels?.match(/version="([^"]*)"/)?.[1] ?? "";
    // Those with labels are added up: what has failed, of whatever kind.
    values.set(name, (values.get(name) ?? 0) + Number(value));
  }
  return { version, values };
}
