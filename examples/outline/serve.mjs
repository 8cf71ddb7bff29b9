// Builds the page and serves it on http://localhost:3000, or on the port that is given.
import { fileURLToPath } from "node:url";
import { context } from "esbuild";

process.chdir(fileURLToPath(new URL(".", import.meta.url)));
const builder = await context({
  entryPoints: ["src/app.tsx"],
  outdir: "build",
  bundle: true,
  format: "esm",
  jsx: "automatic",
  sourcemap: true,
  // The client beside this folder has a React of its own, for its tests. A page must have one only.
  alias: { react: "./node_modules/react" },
});
const { port } = await builder.serve({ host: "localhost", port: Number(process.argv[2] ?? 3000), servedir: "." });
console.log(`http://localhost:${port}`);
