// The other clients of a session.
import type { ConnectedClient, Json } from "./wire.js";

/** Another client in the session. `user` and `presence` are null where it sent none. */
export interface Other<Presence = Json, User = Json> {
  readonly client_id: string;
  readonly user: User | null;
  readonly presence: Presence | null;
}

export class Others {
  /** Every id that this client has had: each connection gives it another one. */
  readonly own = new Set<string>();
  #byId = new Map<string, Other>();
  #list: readonly Other[] | undefined = [];
  /** Who has left since `replace`. */
  #gone = new Set<string>();

  /** In the order in which they came. */
  get list(): readonly Other[] {
    return (this.#list ??= [...this.#byId.values()]);
  }

  replace(clients: readonly ConnectedClient[]): void {
    this.#byId.clear();
    this.#gone.clear();
    this.#list = undefined;
    this.add(clients);
  }

  /** Adds those of a complete list that `replace` did not have, unless they have left meanwhile. */
  add(clients: readonly ConnectedClient[]): void {
    for (const client of clients as unknown as Other[]) {
      const { client_id, user } = client;
      // What is known of its presence is newer.
      if (!this.#gone.has(client_id)) this.update(client_id, this.#byId.has(client_id) ? { user } : client);
    }
  }

  update(client_id: string, change: Partial<Other>): void {
    if (this.own.has(client_id)) return;
    this.#byId.set(client_id, { client_id, user: null, presence: null, ...this.#byId.get(client_id), ...change });
    this.#list = undefined;
  }

  remove(client_id: string): void {
    this.#gone.add(client_id);
    if (this.#byId.delete(client_id)) this.#list = undefined;
  }
}
