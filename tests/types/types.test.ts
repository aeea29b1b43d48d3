/**
 * The same sources compile against `socket.io`'s own types and against ours, with the same lines
 * refused (`@ts-expect-error`): neither more nor less is accepted.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const FOLDER = dirname(fileURLToPath(import.meta.url));
const COMPILER = join(FOLDER, "../../node_modules/.bin/tsc");

for (const [name, project] of [
  ["socket.io's", "tsconfig.upstream.json"],
  ["our", "tsconfig.json"],
] as const) {
  test(`the sources compile against ${name} types`, () => {
    const args = [COMPILER, "--project", join(FOLDER, project)];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
    assert.equal(stdout, "");
    assert.equal(status, 0);
  });
}
