// Who sits at a tab: a name and a color, and what the others see of the work.

/** A type and not an interface, so that it counts as JSON. */
export type User = { name: string; color: string };

/** The line in which somebody writes, and the selection in its text. */
export type Presence = { line?: string | null; start?: number; end?: number };

const NAMES = ["Ada", "Alan", "Barbara", "Donald", "Edsger", "Frances", "Grace", "Katherine", "Ken", "Margaret", "Niklaus", "Radia"];
const COLORS = ["#d6336c", "#ae3ec9", "#7048e8", "#4263eb", "#1c7ed6", "#0b7285", "#087f5b", "#2b8a3e", "#d9480f", "#c92a2a"];

/** The same person until the tab is closed; `?name=` gives another name. */
export function newUser(): User {
  const some = NAMES[Math.floor(Math.random() * NAMES.length)]!;
  const name = new URLSearchParams(location.search).get("name") ?? sessionStorage.getItem("name") ?? some;
  sessionStorage.setItem("name", name);
  const letters = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  const place = NAMES.includes(name) ? NAMES.indexOf(name) : letters;
  return { name, color: COLORS[place % COLORS.length]! };
}
