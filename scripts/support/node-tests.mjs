// Running test files in Node.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NODE, ROOT, run } from "./process.mjs";

const FILE_TIMEOUT_MS = 300_000;

/**
 * Runs test files with Node's own runner; gives the lines with which its TAP ends. One file at a
 * time on every machine unless `concurrency` says more (test-files.mjs).
 * A failure is final: a second try would hide what happens only sometimes.
 * @param {string} name of the TAP, in build/test
 * @param {string[]} files
 * @param {Record<string, string>} env added to this process's environment
 * @param {{ timeout?: number, concurrency?: number }} pace `timeout`: a file that takes longer, in
 *   milliseconds, hangs; `concurrency`: so many files at a time
 */
export async function testInNode(
  name,
  files,
  env = {},
  { timeout = FILE_TIMEOUT_MS, concurrency = 1 } = {},
) {
  const folder = join(ROOT, "build", "test");
  mkdirSync(folder, { recursive: true });
  const tap = join(folder, `${name}.tap`);
  const reporters = [
    ["spec", "stdout"],
    ["tap", tap],
  ].flatMap(([kind, to]) => [`--test-reporter=${kind}`, `--test-reporter-destination=${to}`]);
  const pace = [`--test-concurrency=${concurrency}`, `--test-timeout=${timeout}`];
  await run(NODE, ["--test", ...pace, ...reporters, ...files], env);
  return readFileSync(tap, "utf8").match(
    /^# (tests|suites|pass|fail|cancelled|skipped|todo) \d+$/gm,
  );
}
