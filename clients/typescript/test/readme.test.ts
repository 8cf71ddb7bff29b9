// The code of README.md, as far as a compiler can see.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";

test("the code in README.md compiles", () => {
  mkdirSync("build/readme", { recursive: true });
  const blocks = readFileSync("README.md", "utf8").matchAll(/```(tsx?)\n(.*?)```/gs);
  for (const [place, [, kind, code]] of [...blocks].entries()) writeFileSync(`build/readme/${place}.${kind}`, code!);
  const options = { extends: "../../test/tsconfig.json", include: ["."] };
  writeFileSync("build/readme/tsconfig.json", JSON.stringify(options));
  execFileSync("node_modules/.bin/tsc", ["--project", "build/readme"], { stdio: "inherit" });
});
