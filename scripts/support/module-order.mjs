// The order in which bundlers put the modules of the package one behind the other: that of the imports.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { ROOT } from "./process.mjs";
import { filesBelow } from "./sources.mjs";

/** Modules of dist/, in an order in which they pack well; `npm run order` finds one. Others come behind. */
export const MODULE_ORDER = join(ROOT, "scripts", "support", "module-order.json");

const FOLDERS = ["glue", "durable-objects"];
const IMPORT = /^import [^;]*? from "(\.[^"]+)";$/gm;

/** @returns {string[]} */
export function moduleOrder() {
  return JSON.parse(readFileSync(MODULE_ORDER, "utf8"));
}

/**
 * Has every module of the library below `dist` import the others in this order.
 * @param {string} dist
 */
export function orderModules(dist) {
  const order = moduleOrder();
  const folders = FOLDERS.map((folder) => join(relative(ROOT, dist), folder));
  for (const file of filesBelow(folders, /\.js$/)) {
    const path = join(ROOT, file);
    const code = readFileSync(path, "utf8");
    writeFileSync(path, withOrderedImports(code, relative(dist, path), order));
  }
}

/**
 * The code of a module with its imports of others in this order. Lines stay where they are but for those.
 * @param {string} code
 * @param {string} file its place in dist/
 * @param {string[]} order
 */
export function withOrderedImports(code, file, order) {
  const folder = dirname(file);
  const imports = Array.from(code.matchAll(IMPORT), ([statement, from]) => {
    const place = order.indexOf(join(folder, /** @type {string} */ (from)));
    return { statement, place: place < 0 ? order.length : place };
  });
  const sorted = imports.toSorted((one, other) => one.place - other.place);
  return code.replace(IMPORT, () => /** @type {typeof sorted[0]} */ (sorted.shift()).statement);
}
