// What can be undone and redone: the session's steps as the server says, one's own as they come by.
import type { Scope } from "./wire.js";

/** The server keeps as many steps by default. */
const MAX_STEPS = 1000;

type Kind = "undo" | "redo";

/** An own command, the client that it was executed as, and the scope in which it is undone. */
interface Step {
  readonly id: string;
  readonly client: string;
  undone?: Scope | undefined;
}

export class History {
  /** In the scope of the session. */
  session = { undo: false, redo: false };
  /** The oldest first. */
  #own: Step[] = [];

  can(kind: Kind, scope: Scope = "session"): boolean {
    return scope === "session" ? this.session[kind] : this.next(kind) !== undefined;
  }

  /** The client that executed what is next in the scope of the client. What was undone last is redone first. */
  next(kind: Kind): string | undefined {
    const steps = this.#own.filter(({ undone }) => undone === (kind === "undo" ? undefined : "client"));
    return steps.at(kind === "undo" ? -1 : 0)?.client;
  }

  executed(id: string, client: string, own: boolean): void {
    this.session = { undo: true, redo: false };
    if (own) this.exhausted("redo").push({ id, client });
  }

  /** `scope` is that of an undo; a redo has none. */
  mark(id: string, scope?: Scope): void {
    const step = this.#own.find((own) => own.id === id);
    // The event of an undo does not say its scope, the answer does.
    if (step && !(scope && step.undone === "client")) step.undone = scope;
  }

  /** Forgets the own steps that the server cannot undo or redo any more. */
  exhausted(kind: Kind): Step[] {
    return (this.#own = this.#own.filter(({ undone }) => (undone === "client") === (kind === "undo")).slice(1 - MAX_STEPS));
  }
}
