import { useEffect, useRef, useState } from "./preact.js";
import { Store } from "./store.js";

/** The address of the API, beside the page, whatever path a proxy has put in front of both. */
export const API = new URL("api/v1", document.baseURI).href;

/** Whether the server wants a token that this page has not given. */
export const needsToken = new Store(false);

/** A response that says what was wrong. */
export class ApiError extends Error {
  /** @param {{code: string, message: string, details?: any}} error */
  constructor({ code, message, details }) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/**
 * One call of the REST API; its JSON, or null if the response is empty.
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @param {Record<string, string>} [headers]
 */
export async function call(method, path, body, headers) {
  let response, text;
  try {
    response = await fetch(API + path, { method, headers, body: body && JSON.stringify(body) });
    text = await response.text();
  } catch {
    throw new ApiError({ code: "UNREACHABLE", message: "The server can't be reached. Is it running?" });
  }
  let value = null;
  try {
    value = text ? JSON.parse(text) : null;
  } catch {
    throw new ApiError({ code: "NO_JSON", message: `Something between here and the server answered ${response.status}.` });
  }
  if (response.ok) return value;
  if (response.status === 401) needsToken.set(true);
  throw new ApiError(value?.error ?? { code: `${response.status}`, message: response.statusText });
}

/** The least time between two reads of the same thing, in milliseconds. */
const READ_PAUSE = 500;

/**
 * What `GET path` answers. It is read again when `version` changes, one read at a time.
 * @param {string} path
 * @param {unknown} version
 * @returns {{data: any, error: ApiError | null}}
 */
export function useResource(path, version) {
  const [result, setResult] = useState(/** @type {any} */ ({ path: "", data: null, error: null }));
  const reader = useRef({ running: false, again: false, path: "" });
  useEffect(() => {
    reader.current.path = path;
    read();
  }, [path, version]);
  useEffect(() => () => { reader.current.path = ""; }, []);
  async function read() {
    const state = reader.current;
    if (state.running) {
      state.again = true;
      return;
    }
    state.running = true;
    do {
      state.again = false;
      const asked = state.path;
      if (!asked) break;
      try {
        const data = await call("GET", asked);
        if (state.path === asked) setResult({ path: asked, data, error: null });
      } catch (error) {
        if (state.path === asked) setResult((/** @type {any} */ old) => ({ ...old, path: asked, error }));
      }
      if (state.path === asked) await new Promise((resolve) => setTimeout(resolve, READ_PAUSE));
      else state.again = true;
    } while (state.again);
    state.running = false;
  }
  // What another path answered is not shown under this one.
  return result.path === path ? result : { data: null, error: null };
}

/**
 * A number for `useResource` that grows when it is to be read again: on request, or when the tab is looked at again.
 * @returns {[number, () => void]}
 */
export function useVersion() {
  const [version, setVersion] = useState(0);
  const again = () => setVersion((/** @type {number} */ version) => version + 1);
  useEffect(() => {
    const seen = () => document.hidden || again();
    document.addEventListener("visibilitychange", seen);
    return () => document.removeEventListener("visibilitychange", seen);
  }, []);
  return [version, again];
}
