import { useEffect } from "../preact.js";
import { useVersion } from "../api.js";
import { sessions } from "../sessions.js";

/** From a change of a session until its messages are looked for, in milliseconds. By then most were sent. */
const PAUSE = 3000;

/**
 * A version for `useResource` that also grows after sessions have changed, since messages are about them.
 * @returns {[number, () => void]}
 */
export function useActivity() {
  const [version, again] = useVersion();
  useEffect(() => {
    let timer = 0;
    const later = () => {
      timer ||= setTimeout(() => {
        timer = 0;
        if (!document.hidden) again();
      }, PAUSE);
    };
    sessions.listeners.add(later);
    return () => {
      clearTimeout(timer);
      sessions.listeners.delete(later);
    };
  }, []);
  return [version, again];
}
