// `npm run build`: the npm package's dist/: ES modules, declarations, source maps, core.wasm; CommonJS for Node.
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { setUp } from "./setup.mjs";
import { buildCommonJs } from "./support/commonjs.mjs";
import { importAsWritten } from "./support/computed-imports.mjs";
import { buildCore, CORE_WASM } from "./support/core.mjs";
import { makeStructural } from "./support/declarations.mjs";
import { BIN, main, NODE, ROOT, run } from "./support/process.mjs";
import { shortenNames } from "./support/short-names.mjs";
import { LIBRARY_PROJECTS } from "./support/sources.mjs";

const DIST = join(ROOT, "dist");

/** Makes dist/ anew. */
export async function buildPackage() {
  await buildCore();
  rmSync(DIST, { recursive: true, force: true });
  // The hosts differ in their globals, so each project sees its own platform's types.
  for (const project of LIBRARY_PROJECTS) {
    const emit = ["--noEmit", "false", "--outDir", DIST];
    await run(NODE, [join(BIN, "tsc"), "--project", project, ...emit]);
  }
  makeStructural(DIST);
  importAsWritten(DIST);
  await shortenNames(DIST);
  await buildCommonJs(DIST);
  mkdirSync(join(DIST, "wasm"), { recursive: true });
  copyFileSync(CORE_WASM, join(DIST, "wasm", "core.wasm"));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await main(async () => {
    await setUp("run");
    await buildPackage();
  });
}
