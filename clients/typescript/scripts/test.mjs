// Checks the types of the tests, bundles them, and runs those whose file names contain one of the arguments.
import { execFileSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const wanted = process.argv.slice(2);
const files = readdirSync("test").filter((name) => name.includes(".test."));
const chosen = files.filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)));

execFileSync("node_modules/.bin/tsc", ["--project", "test"], { stdio: "inherit" });
rmSync("build", { recursive: true, force: true });
await build({
  entryPoints: chosen.map((name) => `test/${name}`),
  outdir: "build",
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  packages: "external",
  sourcemap: "inline",
});
const built = chosen.map((name) => `build/${name.replace(/\.tsx?$/, ".js")}`);
execFileSync(process.execPath, ["--enable-source-maps", "--test", "--test-reporter=spec", "--test-timeout=120000", ...built], { stdio: "inherit" });
