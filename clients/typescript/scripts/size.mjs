// Fails when an entry of the package is larger than it may be, minified and gzipped.
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const LIMITS = { "index.js": 5 * 1024, "react.js": 2 * 1024 };

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
for (const [file, limit] of Object.entries(LIMITS)) {
  const { outputFiles } = await build({
    entryPoints: [`dist/${file}`],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    packages: "external",
    write: false,
  });
  const size = gzipSync(outputFiles[0].contents, { level: 9 }).length;
  console.log(`${file}: ${size} of ${limit} bytes`);
  if (size > limit) process.exitCode = 1;
}
