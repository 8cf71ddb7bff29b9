import { isDeepStrictEqual } from "node:util";
import type { Session } from "rollcall-client";

const PATIENCE = 30_000;

/** Waits until the condition holds, and says what never came otherwise. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Waits until `read` returns what is expected, and shows what it returned instead. */
export async function becomes<Value>(expected: Value, read: () => Value | Promise<Value>): Promise<void> {
  let value: Value | undefined;
  await eventually("", async () => isDeepStrictEqual((value = await read()), expected)).catch(() => {
    throw new Error(`never ${JSON.stringify(expected)}, but ${JSON.stringify(value)}`);
  });
}

export function connected(session: Session<any, any>): Promise<void> {
  return becomes("connected", () => session.status);
}
