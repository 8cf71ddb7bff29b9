import { html } from "../preact.js";
import { call } from "../api.js";

/** @typedef {import("../types.js").Delivery} Delivery */

/** How often the answer to one message is asked for, and for how long: a receiver has 15 s. In milliseconds. */
const ASK_EVERY = 400;
const ASK_FOR = 18_000;

/** @param {Delivery} delivery */
export function isRefused(delivery) {
  return delivery.last_attempt_at !== null && delivery.last_error !== null;
}

/** What the receiver said to the last attempt: "✓ 204". @param {{delivery: Delivery, brief?: boolean}} props */
export function Answer({ delivery, brief }) {
  if (delivery.last_attempt_at === null) return html`<span class="none">none yet</span>`;
  const { last_status, last_error, last_duration_ms } = delivery;
  const isBad = isRefused(delivery);
  const text = brief ? (last_status ?? "no answer") : `${last_error ?? last_status} in ${last_duration_ms} ms`;
  return html`<span class=${isBad ? "refused" : "taken"}><span aria-hidden="true">${isBad ? "✗" : "✓"}</span><span class="hidden">${isBad ? "failed:" : "taken:"}</span> ${text}</span>`;
}

/**
 * Waits until a message was attempted after `since`. Null if it was not: then it waits behind others.
 * @param {string} path of the endpoint
 * @param {string} id
 * @param {string | null} [since] of the last attempt that is known
 * @returns {Promise<Delivery | null>}
 */
export async function answerTo(path, id, since = null) {
  for (const end = Date.now() + ASK_FOR; Date.now() < end;) {
    /** @type {Delivery} */
    const delivery = await call("GET", `${path}/deliveries/${encodeURIComponent(id)}`);
    if (delivery.last_attempt_at !== since) return delivery;
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY));
  }
  return null;
}
