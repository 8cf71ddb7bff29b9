// Commands, undos and redos that the server has not confirmed yet. Each has an idempotency key, so that it can
// be sent again after a broken connection without being executed twice.
import { createId } from "./commands.js";
import { RollcallError } from "./error.js";
import type { Effect, Executed } from "./wire.js";

/** Characters of all that waits in one session. */
const MAX_QUEUED = 4_000_000;

/** A request that waits for its answer, or for the events of its change. */
export interface Pending {
  readonly request: Readonly<Record<string, unknown>> & { readonly type: "execute" | "undo" | "redo" };
  readonly key: string;
  /** What it does to the tree, shown at once. */
  readonly effects: readonly Effect[];
  readonly size: number;
  resolve(executed: Executed): void;
  reject(error: RollcallError): void;
  /** The connection that it was sent by last, named by its client. */
  sent?: string;
  /** For the scope of the client: which one, once it was sent. */
  client?: string;
  /** Once it is answered. The tree has it when the event with its `seq` has come. */
  executed?: Executed;
}

export class Outbox {
  #pending = new Set<Pending>();
  #size = 0;

  get effects(): readonly Effect[] {
    return this.all.flatMap(({ effects }) => effects);
  }

  /** In the order in which they were made. */
  get all(): readonly Pending[] {
    return [...this.#pending];
  }

  add(request: Pending["request"], effects: readonly Effect[]): Promise<Executed> {
    return new Promise((resolve, reject) => {
      const size = JSON.stringify(request).length;
      if (this.#size + size > MAX_QUEUED) {
        throw new RollcallError({ code: "QUEUE_FULL", message: "Too many changes wait." });
      }
      this.#pending.add({ request, key: createId(), effects, size, resolve, reject });
      this.#size += size;
    });
  }

  remove(pending: Pending): void {
    if (this.#pending.delete(pending)) this.#size -= pending.size;
  }

  /** Fulfils what is in the tree, which holds all up to `seq`; undefined while there is no tree. */
  settle(seq: number | undefined): void {
    for (const pending of this.#pending) {
      const { executed } = pending;
      // No number is at most undefined.
      if (!executed || !(executed.seq <= seq!)) continue;
      this.remove(pending);
      pending.resolve(executed);
    }
  }

  reject(error: RollcallError): void {
    for (const pending of this.#pending) {
      this.remove(pending);
      pending.reject(error);
    }
  }
}
