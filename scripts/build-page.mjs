/**
 * Builds the chat's page into worker/assets/: the script bundled with the stock
 * `socket.io-client`, the style sheet minified, everything else copied.
 */
import { cp, mkdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const worker = fileURLToPath(new URL("../worker/", import.meta.url));
const page = `${worker}page/`;
const assets = `${worker}assets/`;

/** Files that go into the assets as they are. */
const COPIED = ["index.html", "logo.svg"];

await rm(assets, { recursive: true, force: true });
await mkdir(assets, { recursive: true });
await Promise.all([
  build({
    entryPoints: [`${page}main.ts`, `${page}style.css`],
    outdir: assets,
    bundle: true,
    minify: true,
    format: "iife",
    target: ["chrome111", "firefox113", "safari16.4"],
    logLevel: "warning",
  }),
  ...COPIED.map((name) => cp(page + name, assets + name)),
]);
