/** @param {number} count @param {string} noun @param {string} [plural] */
export function counted(count, noun, plural = `${noun}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? noun : plural}`;
}

const UNITS = /** @type {const} */ ([
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
]);

/** A span in its two largest units: "3 d 4 h". @param {number} milliseconds */
export function span(milliseconds) {
  let seconds = Math.round(milliseconds / 1000);
  const parts = [];
  for (const [size, unit] of UNITS) {
    const count = Math.floor(seconds / size);
    seconds -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
    else if (parts.length) break;
  }
  return parts.slice(0, 2).join(" ") || "0 s";
}

/** A span in its largest unit: "3 d". @param {number} milliseconds */
function roughly(milliseconds) {
  const seconds = milliseconds / 1000;
  const [size, unit] = UNITS.find(([size]) => seconds >= size) ?? [1, "s"];
  return `${Math.floor(seconds / size)} ${unit}`;
}

/** How far a moment is from now: "3 min ago", "in 2 h 10 min". @param {string} time @param {number} [now] */
export function fromNow(time, now = Date.now()) {
  const distance = new Date(time).getTime() - now;
  if (Math.abs(distance) < 1500) return "just now";
  return distance < 0 ? `${roughly(-distance)} ago` : `in ${span(distance)}`;
}

/** A moment in the reader's time zone, to the second. @param {string} time */
export function exact(time) {
  return new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

/** @param {number} bytes */
export function bytes(bytes) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (bytes >= 1024 && unit < units.length - 1) {
    bytes /= 1024;
    unit += 1;
  }
  return `${bytes < 10 && unit > 0 ? bytes.toFixed(1) : Math.round(bytes)} ${units[unit]}`;
}

/** The name of a user as far as it can be known from what a client said. @param {unknown} user */
export function userName(user) {
  if (typeof user === "string") return user;
  if (user && typeof user === "object" && "name" in user && typeof user.name === "string") return user.name;
  return user == null ? "" : JSON.stringify(user);
}

/** The beginning of an id. Those of one time begin alike, so it is the end that distinguishes them. @param {string} id */
export function shortId(id) {
  return id.length > 12 ? `…${id.slice(-8)}` : id;
}

/** The name of a session, or its short id. @param {{name: string | null, session_id: string}} session */
export function title(session) {
  return session.name || shortId(session.session_id);
}
