// scripts/setup.mjs on machines that lack things. Programs that it asks are stood in for by shell
// scripts on the PATH, and nothing is installed: it only says what it would do.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { fileURLToPath } from "node:url";

const SETUP = fileURLToPath(new URL("../../scripts/setup.mjs", import.meta.url));
const folders: string[] = [];
/** Runs the set-up with only these programs on the PATH. */
function setUp(purpose: "run" | "test" | "long", programs: Record<string, string>, env = {}) {
  const folder = mkdtempSync(join(tmpdir(), "dormouse-setup-"));
  folders.push(folder);
  for (const [name, body] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  const { stdout, stderr, status } = spawnSync(process.execPath, [SETUP, purpose], {
    encoding: "utf8",
    env: { PATH: folder, DORMOUSE_SETUP_DRY_RUN: "1", ...env },
  });
  return { text: stdout + stderr, status };
}

after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const NOTHING_INSTALLED = {
  "apt-get": "exit 9",
  sudo: "exit 9",
  "dpkg-query": "exit 1",
  "apt-cache":
    "shift; for name; do echo \"$name:\"; echo '  Installed: x'; echo '  Candidate: 1'; done",
};

suite("setting up", () => {
  test("installs all packages on a fresh Debian", () => {
    const { text, status } = setUp("run", NOTHING_INSTALLED);
    assert.equal(status, 0, text);
    assert.match(
      text,
      /would run: .*apt-get .* install -y --no-install-recommends clang-19 lld-19/,
    );
    assert.doesNotMatch(text, / update|chromium/);
  });

  test("installs more for the tests", () => {
    const { text } = setUp("test", NOTHING_INSTALLED);
    assert.match(text, /apt-get .* install .*clang-19 .*chromium/);
    assert.doesNotMatch(text, /redis-server/);
  });

  test("installs more still for the long tests, and refuses what it does not know", () => {
    const { text } = setUp("long", NOTHING_INSTALLED);
    assert.match(text, /apt-get .* install .*chromium.* redis-server/);
    const odd = setUp("lang" as "long", NOTHING_INSTALLED);
    assert.equal(odd.status, 1);
    assert.match(odd.text, /"lang" is nothing to set up for/);
    assert.doesNotMatch(odd.text, /would run/);
  });

  test("updates the package lists first where apt knows no such package", () => {
    const { text } = setUp("run", { ...NOTHING_INSTALLED, "apt-cache": "exit 0" });
    assert.match(text, /would run: .*apt-get .* update\nwould run: .*apt-get .* install/);
  });

  test("needs no compiler from Debian beside a wasi-sdk", () => {
    const { text } = setUp("run", NOTHING_INSTALLED, { WASI_SDK_PATH: "/opt/wasi-sdk" });
    assert.match(
      text,
      /apt-get .* install -y --no-install-recommends cmake ninja-build rapidjson-dev\n/,
    );
  });

  test("installs nothing where everything is there", () => {
    const all = 'shift 2; for name; do echo "$name installed"; done';
    const { text, status } = setUp("test", { ...NOTHING_INSTALLED, "dpkg-query": all });
    assert.equal(status, 0, text);
    assert.doesNotMatch(text, /apt-get/);
  });

  test("names what is missing where there is no apt", () => {
    const { text, status } = setUp("run", { cmake: "exit 0" });
    assert.equal(status, 1);
    assert.match(text, /Missing programs: em\+\+ ninja\n/);
    assert.match(text, /WASI_SDK_PATH/);
  });

  test("is content with Emscripten, CMake and Ninja where there is no apt", () => {
    const { text, status } = setUp("run", { "em++": "", cmake: "", ninja: "" });
    assert.equal(status, 0, text);
    assert.doesNotMatch(text, /apt-get|Missing/);
  });
});
