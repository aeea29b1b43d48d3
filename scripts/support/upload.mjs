// How wrangler bundles the demo and other Workers, of the library as it is packed.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./process.mjs";

const LIBRARY = "dist/durable-objects/cloudflare/index.js";

/** What wrangler.toml tells the bundler. */
export function demoConstants() {
  const lines = readFileSync(join(ROOT, "wrangler.toml"), "utf8").matchAll(
    /^(DORMOUSE_\w+) = "(\w+)"/gm,
  );
  return Object.fromEntries(Array.from(lines, ([, name, value]) => [name, value]));
}

/**
 * esbuild's options for a Worker's script, minified.
 * @param {string} entry
 * @param {Record<string, string>} define
 * @returns {import("esbuild").BuildOptions & { write: false }}
 */
export function workerBuild(entry, define) {
  return {
    absWorkingDir: ROOT,
    alias: { "dormouse-io": join(ROOT, LIBRARY) },
    bundle: true,
    conditions: ["workerd", "worker", "browser"],
    define,
    entryPoints: [entry],
    external: ["cloudflare:*", "node:*", "*.wasm"],
    format: "esm",
    minify: true,
    target: "es2024",
    write: false,
  };
}
