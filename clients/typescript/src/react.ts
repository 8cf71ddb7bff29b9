// Hooks over a session. Each renders again only when what it returns is another value.
import {
  createContext,
  createElement,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import type { Client, Executed, Json, Other, Scope, Session, SessionEvents, Status, TreeNode } from "./index.js";

type AnySession = Session<any, any>;
type Equal<Value> = (one: Value, other: Value) => boolean;

const SessionContext = createContext<AnySession | null>(null);

export interface SessionProviderProps {
  client: Client;
  /** The session to join. Another id leaves the one and joins the other. */
  id: string;
  /** Who is here. Counts when the session is joined, as does `presence`. */
  user?: Json;
  presence?: Record<string, Json>;
  /** Shown before there is a session, on the server for example. */
  fallback?: ReactNode;
  children?: ReactNode;
}

/** Joins a session while it is mounted, and gives it to the hooks below it. */
export function SessionProvider({ client, id, user, presence, fallback, children }: SessionProviderProps): ReactNode {
  const [session, setSession] = useState<AnySession | null>(null);
  useEffect(() => {
    const joined = client.session<any, any>(id, {
      ...(user !== undefined && { user }),
      ...(presence !== undefined && { presence }),
    });
    setSession(joined);
    return () => joined.close();
  }, [client, id]);
  if (session?.id !== id) return fallback;
  return createElement(SessionContext.Provider, { value: session }, children);
}

/** The session of the nearest `SessionProvider`. */
export function useSession<Presence extends object = Record<string, Json>, User = Json>(): Session<Presence, User> {
  const session = useContext(SessionContext);
  if (!session) throw new Error("There is no <SessionProvider> above this component.");
  return session;
}

function useValue<Value>(read: (session: AnySession) => Value, equal: Equal<Value> = Object.is): Value {
  const session = useSession<any, any>();
  const last = useRef<{ value: Value }>(undefined);
  const get = () => {
    const value = read(session);
    if (!last.current || !equal(last.current.value, value)) last.current = { value };
    return last.current.value;
  };
  return useSyncExternalStore(session.subscribe, get, get);
}

/** The roots of the tree, or what `selector` makes of them. */
export function useTree(): readonly TreeNode[];
export function useTree<Value>(selector: (roots: readonly TreeNode[]) => Value, equal?: Equal<Value>): Value;
export function useTree(selector = (roots: readonly TreeNode[]): any => roots, equal?: Equal<any>): any {
  return useValue((session) => selector(session.tree), equal);
}

/** One node, undefined when there is no such node. */
export function useNode(id: string): TreeNode | undefined {
  return useValue((session) => session.node(id));
}

/** The other clients, or what `selector` makes of them. */
export function useOthers<P = Record<string, Json>, U = Json>(): readonly Other<P, U>[];
export function useOthers<P = Record<string, Json>, U = Json, Value = unknown>(
  selector: (others: readonly Other<P, U>[]) => Value,
  equal?: Equal<Value>,
): Value;
export function useOthers(selector = (others: readonly Other<any, any>[]): any => others, equal?: Equal<any>): any {
  return useValue((session) => selector(session.others), equal);
}

/** This client as the others see it. */
export function useSelf<P = Record<string, Json>, U = Json>(): Other<P, U> {
  return useValue((session) => session.self);
}

/** The own presence, and how to change parts of it. */
export function useMyPresence<P extends object = Record<string, Json>>(): [P | null, (change: Partial<P>) => void] {
  const session = useSession<P, any>();
  const update = useCallback((change: Partial<P>) => session.updatePresence(change), [session]);
  return [useValue((current) => current.self.presence), update];
}

/** Undoes one step; a conflict with others rejects the promise. */
export function useUndo(scope?: Scope): () => Promise<Executed> {
  const session = useSession();
  return useCallback(() => session.undo(scope), [session, scope]);
}

export function useRedo(scope?: Scope): () => Promise<Executed> {
  const session = useSession();
  return useCallback(() => session.redo(scope), [session, scope]);
}

export function useCanUndo(scope?: Scope): boolean {
  return useValue((session) => session.canUndo(scope));
}

export function useCanRedo(scope?: Scope): boolean {
  return useValue((session) => session.canRedo(scope));
}

export function useStatus(): Status {
  return useValue((session) => session.status);
}

/** Calls `handler` at each event of that name while the component is mounted. */
export function useEventListener<Name extends keyof SessionEvents>(
  name: Name,
  handler: (value: SessionEvents[Name]) => void,
): void {
  const session = useSession();
  const latest = useRef(handler);
  useEffect(() => {
    latest.current = handler;
  });
  useEffect(() => session.on(name, (value) => latest.current(value)) as () => void, [session, name]);
}
