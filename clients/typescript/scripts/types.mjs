// Makes src/api.ts from the OpenAPI document of the server. With --check it only compares.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import openapiTypescript, { astToString } from "openapi-typescript";
import { PROGRAM } from "./program.mjs";

const target = new URL("../src/api.ts", import.meta.url);
const document = JSON.parse(execFileSync(PROGRAM, ["openapi"], { encoding: "utf8", maxBuffer: 1 << 26 }));
const types = astToString(await openapiTypescript(document, { alphabetize: true }));
const text = `// Made from the server's OpenAPI document by \`npm run types\`. Do not edit.\n${types}`;
if (!process.argv.includes("--check")) {
  writeFileSync(target, text);
} else if (readFileSync(target, "utf8") !== text) {
  console.error("src/api.ts is not what the server's OpenAPI document says. Run `npm run types` and commit it.");
  process.exit(1);
}
