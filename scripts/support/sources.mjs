// Which files the formatters and linters look at.
import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { ROOT } from "./process.mjs";

/**
 * Files below some folders, by their endings, relative to the checkout, sorted.
 * @param {string[]} folders
 * @param {RegExp} pattern
 */
export function filesBelow(folders, pattern) {
  return folders
    .filter((folder) => existsSync(join(ROOT, folder)))
    .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

/** Every C++ file of the project. */
export function cppFiles() {
  return filesBelow(["cmake", "wasm", "tests/wasm"], /\.(cpp|h)$/);
}

/** What the npm package is made of. */
export const LIBRARY_PROJECTS = [
  "tsconfig.json",
  "tsconfig.node.json",
  "layers/eslint/tsconfig.json",
  "layers/router/tsconfig.json",
  "layers/auth/tsconfig.json",
  "layers/client/tsconfig.json",
  "layers/emitter/tsconfig.json",
  "layers/admin/tsconfig.json",
  "layers/stats/tsconfig.json",
  "layers/testing/tsconfig.json",
];

/** Every folder with a tsconfig.json of its own, and the projects of the library. */
export const TYPESCRIPT_PROJECTS = [
  ...LIBRARY_PROJECTS,
  "worker/tsconfig.json",
  "worker/page/tsconfig.json",
  "tests/tsconfig.json",
  "bench/tsconfig.json",
  "examples/tsconfig.json",
];
