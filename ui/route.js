import { useEffect, useState } from "./preact.js";

/** The place within the page, as the parts of the address behind `#/`. */
function parts() {
  return location.hash.replace(/^#\/?/, "").split("/").map(decode).filter(Boolean);
}

/** @param {string} part */
function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    // Somebody wrote a % into the address; then there is no such page.
    return part;
  }
}

/** @returns {string[]} */
export function useRoute() {
  const [route, setRoute] = useState(parts);
  useEffect(() => {
    const listener = () => setRoute(parts());
    addEventListener("hashchange", listener);
    return () => removeEventListener("hashchange", listener);
  }, []);
  return route;
}

/** @param {string[]} route */
export function href(...route) {
  return `#/${route.map(encodeURIComponent).join("/")}`;
}
