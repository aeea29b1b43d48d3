/** The README's Worker, as a user would have it. */
import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { startWrangler } from "../support/dev-server.ts";
import type { Consumer } from "./consumer.ts";
import { readmeExample } from "./readme.ts";
import { kilobytes, talk } from "./support.ts";

export function testWorkers(consumer: Consumer): void {
  test("the README's Worker: bundled by wrangler deploy --dry-run", async (t) => {
    writeWorker(consumer);
    await consumer.run("wrangler", "deploy", "--dry-run", "--outdir", "out");
    const out = readdirSync(consumer.path("out"));
    assert.equal(out.filter((name) => name.endsWith("-core.wasm")).length, 1);
    const code = consumer.read("out", "index.js");
    assert.doesNotMatch(code, /from "(ws|debug|node:[^"]+)"/);
    const wasm = statSync(
      consumer.path("out", out.find((name) => name.endsWith(".wasm")) ?? ""),
    ).size;
    t.diagnostic(`Worker: ${kilobytes(gzipSync(code).length)} of JavaScript gzipped, not minified`);
    t.diagnostic(`core.wasm: ${kilobytes(wasm)}`);
  });

  test("the README's Worker: served by wrangler dev to the stock client", async () => {
    writeWorker(consumer);
    const server = await startWrangler(consumer.folder, false);
    try {
      await talk(server.url);
    } finally {
      await server.stop();
    }
  });
}

function writeWorker(consumer: Consumer): void {
  consumer.write("index.js", readmeExample("ts", "createServer"));
  const head = 'name = "consumer"\nmain = "index.js"\ncompatibility_date = "2026-07-30"\n';
  consumer.write("wrangler.toml", `${head}\n${readmeExample("toml", "durable_objects")}`);
}
