// The server's program: $ROLLCALL_BIN, or the debug build of this repository.
import { fileURLToPath } from "node:url";

export const PROGRAM =
  process.env.ROLLCALL_BIN ?? fileURLToPath(new URL("../../../target/debug/rollcall", import.meta.url));
