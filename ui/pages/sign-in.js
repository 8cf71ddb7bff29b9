import { html, useState } from "../preact.js";
import { ApiError, call, needsToken } from "../api.js";
import { live } from "../live.js";
import { Problem, useTitle } from "../parts.js";

/** Asks for a token once; a cookie of 12 hours takes its place, which scripts can't read. */
export function SignInPage() {
  useTitle("Sign in");
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  /** @param {SubmitEvent} event */
  async function signIn(event) {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    try {
      await call("POST", "/login", undefined, { authorization: `Bearer ${`${form.get("token")}`.trim()}` });
      needsToken.set(false);
      live.restart();
    } catch (problem) {
      const isWrong = problem instanceof ApiError && problem.code === "UNAUTHORIZED";
      setError(isWrong ? new Error("The server does not know this token, or it has expired.") : /** @type {Error} */ (problem));
    }
  }
  return html`<h1>Sign in</h1>
    <p>This server asks for a token. Its operator makes one with <code>rollcall token create NAME --scope read</code>;${" "}
      <code>write</code> and <code>admin</code> may also change something.</p>
    <form class="card narrow" onSubmit=${signIn}>
      <label>Token<input name="token" type="password" required autofocus autocomplete="current-password" /></label>
      <${Problem} error=${error} />
      <p><button class="primary">Sign in</button></p>
    </form>`;
}

/** Ends the sign-in of this browser. Whether the server then asks for a token, the new connection shows. */
export async function signOut() {
  await call("POST", "/logout");
  live.restart();
}
