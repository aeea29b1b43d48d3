import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Size } from "../report/results.ts";
import { bundleWorker } from "../targets/bundle.ts";

/** The chat demo's worker; its page is not part of it. */
const DEMO = "../../worker/index.ts";

/** Sizes of what a deployment uploads; empty if the demo or the core is not there. */
export async function measureSizes(): Promise<Size[]> {
  const entry = fileURLToPath(new URL(DEMO, import.meta.url));
  const core = fileURLToPath(new URL("../../wasm/core.wasm", import.meta.url));
  if (!existsSync(entry) || !existsSync(core)) return [];
  const { script, wasm } = await bundleWorker(entry);
  const modules = [...wasm.values()];
  const wasmRaw = sum(modules.map((module) => module.byteLength));
  const wasmGzip = sum(modules.map((module) => gzipSync(module).byteLength));
  const scriptGzip = gzipSync(script).byteLength;
  return [
    { id: "script", title: "demo worker script, minified", bytes: Buffer.byteLength(script) },
    { id: "script-gzip", title: "demo worker script, gzip", bytes: scriptGzip },
    { id: "core-wasm", title: "core.wasm", bytes: wasmRaw },
    { id: "core-wasm-gzip", title: "core.wasm, gzip", bytes: wasmGzip },
    { id: "upload-gzip", title: "demo upload, gzip", bytes: scriptGzip + wasmGzip },
  ];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
