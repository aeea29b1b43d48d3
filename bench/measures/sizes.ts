import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Size } from "../report/results.ts";
import { bundleWorker } from "../targets/bundle.ts";

/** The chat demo's worker; its page is not part of it. */
const DEMO = "../../worker/index.ts";

/** Sizes of what a deployment uploads; those of the core alone if the demo is not there. */
export async function measureUpload(): Promise<Size[]> {
  const core = readFileSync(new URL("../../wasm/core.wasm", import.meta.url));
  const coreGzip = gzipSync(core).byteLength;
  const sizes: Size[] = [
    { id: "core-wasm", title: "core.wasm", bytes: core.byteLength },
    { id: "core-wasm-gzip", title: "core.wasm, gzip", bytes: coreGzip },
  ];
  const entry = fileURLToPath(new URL(DEMO, import.meta.url));
  if (!existsSync(entry)) return sizes;
  const { script } = await bundleWorker(entry);
  const scriptGzip = gzipSync(script).byteLength;
  return [
    ...sizes,
    { id: "script", title: "demo worker script, minified", bytes: Buffer.byteLength(script) },
    { id: "script-gzip", title: "demo worker script, minified, gzip", bytes: scriptGzip },
    { id: "upload-gzip", title: "demo upload, gzip", bytes: scriptGzip + coreGzip },
  ];
}
