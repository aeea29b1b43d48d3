// `npm run build`: the npm package's dist/: ES modules, declarations, source maps, core.wasm; CommonJS for Node.
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { setUp } from "./setup.mjs";
import { buildCommonJs } from "./support/commonjs.mjs";
import { importAsWritten } from "./support/computed-imports.mjs";
import { buildCore, CORE_WASM } from "./support/core.mjs";
import { makeStructural } from "./support/declarations.mjs";
import { orderModules } from "./support/module-order.mjs";
import { BIN, main, NODE, ROOT, run } from "./support/process.mjs";
import { shortenNames } from "./support/short-names.mjs";
import { LIBRARY_PROJECTS } from "./support/sources.mjs";

const DIST = join(ROOT, "dist");

/** Makes dist/ anew. It is made elsewhere and takes the place of the old one at once: others may be reading that. */
export async function buildPackage() {
  await buildCore();
  // Beside dist/, since source maps say where the sources are from there.
  const made = `${DIST}-new-${process.pid}`;
  const before = `${DIST}-old-${process.pid}`;
  try {
    await buildInto(made);
    if (existsSync(DIST)) renameSync(DIST, before);
    renameSync(made, DIST);
  } finally {
    for (const folder of [made, before]) rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} dist */
async function buildInto(dist) {
  // The hosts differ in their globals, so each project sees its own platform's types.
  for (const project of LIBRARY_PROJECTS) {
    const emit = ["--noEmit", "false", "--outDir", dist];
    await run(NODE, [join(BIN, "tsc"), "--project", project, ...emit]);
  }
  makeStructural(dist);
  importAsWritten(dist);
  orderModules(dist);
  await shortenNames(dist);
  await buildCommonJs(dist);
  mkdirSync(join(dist, "wasm"), { recursive: true });
  copyFileSync(CORE_WASM, join(dist, "wasm", "core.wasm"));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await main(async () => {
    await setUp("run");
    await buildPackage();
  });
}
