// A checkout that was copied with what had been built in it: it builds, from its own files.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const NODE = join(ROOT, "node_modules", ".bin", "node");
const exec = promisify(execFile);

const folder = mkdtempSync(join(tmpdir(), "dormouse-copy-"));
const copy = join(folder, "checkout");
/** What no copy needs, or gets below. */
const LEFT_OUT = new Set([".git", "node_modules", "build", "dist", "bench", join("tests", "fuzz")]);
/** Dev servers of tests that run meanwhile make them, and take them away. */
const FLEETING = new Set([".wrangler", ".partykit"]);
/** One of the core's objects: the whole of it takes longer, and goes the same way. */
const OBJECT = "CMakeFiles/core.dir/wasm/src/engine_packet.cpp.obj";

before(() => {
  const isSource = (path: string) =>
    !LEFT_OUT.has(relative(ROOT, path)) && !FLEETING.has(basename(path));
  cpSync(ROOT, copy, { recursive: true, filter: isSource });
  cpSync(join(ROOT, "build", "wasi"), join(copy, "build", "wasi"), {
    recursive: true,
    verbatimSymlinks: true,
  });
});

after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a line of JavaScript in a checkout, with its own scripts. */
async function runIn(checkout: string, code: string): Promise<void> {
  await exec(NODE, ["--input-type=module", "-e", code], { cwd: checkout });
}

function sourcesOf(checkout: string): string | undefined {
  const cache = readFileSync(join(checkout, "build", "wasi", "CMakeCache.txt"), "utf8");
  return /^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$/m.exec(cache)?.[1];
}

const BUILD_OBJECT = `
  import { build } from "./scripts/support/core.mjs";
  await build("wasi", [${JSON.stringify(OBJECT)}]);
`;

test("the core is built in the copy, from the copy", async () => {
  assert.notEqual(sourcesOf(copy), copy);
  await runIn(copy, BUILD_OBJECT);
  assert.equal(sourcesOf(copy), copy);
  assert.ok(existsSync(join(copy, "build", "wasi", OBJECT)));
});

test("what a checkout has built itself stays, under another name of its folder, too", async () => {
  const link = join(folder, "link");
  symlinkSync(copy, link);
  await runIn(link, BUILD_OBJECT);
  assert.equal(sourcesOf(link), copy);
});

if (process.env.DORMOUSE_LONG) {
  test("npm run build in a copy, from beginning to end", async () => {
    // Hard links, which may be removed.
    await exec("cp", ["-al", join(ROOT, "node_modules"), join(copy, "node_modules")]);
    await exec("npm", ["run", "build"], { cwd: copy });
    assert.ok(existsSync(join(copy, "dist", "wasm", "core.wasm")));
  });
}
