// Bundles the chat demo's page: worker/page to worker/assets, which the Worker serves.
import { copyFileSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { main, ROOT } from "./support/process.mjs";

const PAGE = join(ROOT, "worker", "page");
const ASSETS = join(ROOT, "worker", "assets");
const STATIC = new Set([".html", ".svg"]);

/** Makes worker/assets anew. */
export async function buildPage() {
  // Not imported above: it is there only after `npm ci`.
  const { build } = await import("esbuild");
  rmSync(ASSETS, { recursive: true, force: true });
  mkdirSync(ASSETS, { recursive: true });
  for (const name of readdirSync(PAGE)) {
    if (STATIC.has(extname(name))) copyFileSync(join(PAGE, name), join(ASSETS, name));
  }
  await build({
    entryPoints: [join(PAGE, "main.ts"), join(PAGE, "style.css")],
    outdir: ASSETS,
    bundle: true,
    minify: true,
    sourcemap: true,
    format: "iife",
    target: ["es2022"],
    logLevel: "warning",
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main(buildPage);
