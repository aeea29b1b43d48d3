import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import type { Size } from "../report/results.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** As `npm run deploy` has it: the library as it is packed. */
const ALIAS = ["--alias", "dormouse-io:./dist/durable-objects/cloudflare/index.js"];

/**
 * Sizes of what a deployment of the chat demo uploads, as its `wrangler.toml` says; its page is not part of it.
 * Wrangler itself makes it.
 */
export async function measureUpload(): Promise<Size[]> {
  const core = readFileSync(`${ROOT}wasm/core.wasm`);
  const script = await demoScript();
  const coreGzip = gzipSync(core).byteLength;
  const scriptGzip = gzipSync(script).byteLength;
  return [
    { id: "core-wasm", title: "core.wasm", bytes: core.byteLength },
    { id: "core-wasm-gzip", title: "core.wasm, gzip", bytes: coreGzip },
    { id: "script", title: "demo worker script, minified", bytes: script.byteLength },
    { id: "script-gzip", title: "demo worker script, minified, gzip", bytes: scriptGzip },
    { id: "upload-gzip", title: "demo upload, gzip", bytes: scriptGzip + coreGzip },
  ];
}

async function demoScript(): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), "dormouse-upload-"));
  try {
    const assets = join(folder, "assets");
    mkdirSync(assets);
    const wrangler = join(ROOT, "node_modules", "wrangler", "bin", "wrangler.js");
    const outputs = [...ALIAS, "--outdir", join(folder, "upload"), "--assets", assets];
    await promisify(execFile)(process.execPath, [wrangler, "deploy", "--dry-run", ...outputs], {
      cwd: ROOT,
      env: { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" },
    });
    return readFileSync(join(folder, "upload", "index.js"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
