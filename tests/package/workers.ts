/** The README's start, as a user would have it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { startWrangler } from "../support/dev-server.ts";
import { codeBlocks, findCode, ROOT } from "../support/pages.ts";
import type { Consumer } from "./consumer.ts";
import { kilobytes, talk } from "./support.ts";

/** The folder in which it is, below the one with the packages. */
const START = "start";
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const SIZES =
  /a Worker of about (\d+) KB\s+gzipped with `--minify` and (\d+) KB\s+without, and of (\d+) KB\s+without the parts/;
/** It says "about". */
const TOLERANCE = 0.15;

export function testWorkers(consumer: Consumer): void {
  test("the README's start: accepted by strict TypeScript", async () => {
    writeStart(consumer);
    consumer.addTypes("@cloudflare/workers-types");
    const compilerOptions = {
      ...{ strict: true, noEmit: true, skipLibCheck: false, target: "es2022", lib: ["es2023"] },
      ...{ module: "es2022", moduleResolution: "bundler", types: ["@cloudflare/workers-types"] },
    };
    const project = { compilerOptions, files: ["index.ts"] };
    consumer.write(join(START, "tsconfig.json"), JSON.stringify(project));
    await consumer.run("tsc", "--project", join(START, "tsconfig.json"));
  });

  test("the README's start: bundled by wrangler deploy --dry-run, as large as it says", async (t) => {
    writeStart(consumer);
    const told = SIZES.exec(README);
    assert.ok(told, "the README does not tell the sizes");
    const [minified, plain] = [await sizeOf(consumer, "--minify"), await sizeOf(consumer)];
    leaveOutParts(consumer);
    const lean = await sizeOf(consumer);
    t.diagnostic(`Worker, gzipped: ${kilobytes(minified)} minified, ${kilobytes(plain)} not`);
    for (const [bytes, kilobytesTold] of [
      [minified, Number(told[1])],
      [plain, Number(told[2])],
      [lean, Number(told[3])],
    ] as const) {
      const ratio = bytes / 1000 / kilobytesTold;
      assert.ok(Math.abs(ratio - 1) < TOLERANCE, `${bytes} bytes, and it says ${kilobytesTold} KB`);
    }
  });

  test("the README's start: served by wrangler dev to its client, and to others", async () => {
    writeStart(consumer);
    const server = await startWrangler(consumer.path(START), false);
    try {
      await runClient(consumer, server.url);
      await talk(server.url);
    } finally {
      await server.stop();
    }
  });
}

/** Every file that the README's start shows, under the name in its first line, beside the package.json of its commands. */
function writeStart(consumer: Consumer): void {
  const names: string[] = [];
  for (const { code } of codeBlocks("README.md")) {
    const [, name] = /^(?:\/\/|#) (index\.ts|wrangler\.toml)\n/.exec(code) ?? [];
    if (name === undefined) continue;
    consumer.write(join(START, name), code);
    names.push(name);
  }
  assert.deepEqual(names, ["index.ts", "wrangler.toml"]);
  consumer.write(join(START, "package.json"), '{ "name": "start", "type": "module" }');
}

/** Adds what docs/size.md says to the configuration. */
function leaveOutParts(consumer: Consumer): void {
  const [settings, constants] = findCode("docs/size.md", "toml", "[define]").split("[define]");
  const file = join(START, "wrangler.toml");
  consumer.write(file, `${settings}\n${consumer.read(file)}\n[define]\n${constants}`);
}

/** Bytes of what is uploaded, gzipped. */
async function sizeOf(consumer: Consumer, ...flags: string[]): Promise<number> {
  const out = consumer.path(START, "out");
  const config = ["--config", join(START, "wrangler.toml")];
  await consumer.run("wrangler", "deploy", "--dry-run", "--outdir", out, ...config, ...flags);
  const names = readdirSync(out).filter((name) => /\.(js|wasm)$/.test(name));
  assert.deepEqual(names.map((name) => name.replace(/^.*-core/, "core")).sort(), [
    "core.wasm",
    "index.js",
  ]);
  assert.doesNotMatch(consumer.read(START, "out", "index.js"), /from "(ws|debug|node:[^"]+)"/);
  const sizes = names.map((name) => gzipSync(readFileSync(join(out, name))).length);
  return sizes.reduce((sum, size) => sum + size);
}

/** Runs the README's client until it has said what it heard. */
async function runClient(consumer: Consumer, url: string): Promise<void> {
  const client = join(ROOT, "node_modules", "socket.io-client");
  symlinkSync(client, consumer.path("node_modules", "socket.io-client"));
  const code = findCode("README.md", "js", "socket.io-client");
  const program = code.replace("http://localhost:8787", url);
  assert.notEqual(program, code);
  consumer.write("client.mjs", program);
  const node = join(ROOT, "node_modules", ".bin", "node");
  const child = spawn(node, ["client.mjs"], { cwd: consumer.folder });
  const ended = once(child, "exit");
  try {
    const [heard] = await Promise.race([once(child.stdout, "data"), ended]);
    assert.match(String(heard), /^\S{20} hello\n$/);
  } finally {
    child.kill();
    await ended;
  }
}
