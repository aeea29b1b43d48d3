// Running test files in Node.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { NODE, ROOT, run } from "./process.mjs";

const SUPPORT = join(ROOT, "scripts", "support");
const TEST_TIMEOUT_MS = 300_000;

/**
 * Runs test files with Node's own runner; gives the lines with which its TAP ends. One file at a
 * time on every machine unless `concurrency` says more (test-files.mjs).
 * @param {string} name of the TAP, in build/test
 * @param {string[]} files
 * @param {Record<string, string>} env added to this process's environment
 * @param {{ timeout?: number, concurrency?: number, secondTries?: number }} pace `timeout`: a test that
 *   takes longer, or a file that takes three times as long, in milliseconds, hangs; `concurrency`: so many
 *   files at a time; `secondTries`: if no more files than these fail, each runs once more, alone. What
 *   passes then was late, or fails only sometimes: the last lines name it, because it is to be mended.
 */
export async function testInNode(
  name,
  files,
  env = {},
  { timeout = TEST_TIMEOUT_MS, concurrency = 1, secondTries = 0 } = {},
) {
  const first = await runFiles(name, files, env, { timeout, concurrency });
  if (first.failure === undefined) return first.closingLines;
  const again = first.failedFiles;
  const isInterrupted = first.failure.message === "";
  if (isInterrupted || again.length === 0 || again.length > secondTries) throw first.failure;
  console.log(`\nOnce more, alone, what failed: ${again.join(" ")}`);
  const second = await runFiles(`${name}-again`, again, env, { timeout, concurrency: 1 });
  if (second.failure !== undefined) throw second.failure;
  const line = `failed, and passed alone at a second try, to be mended: ${again.join(" ")}`;
  return [...first.closingLines, line, ...second.closingLines];
}

async function runFiles(name, files, env, { timeout, concurrency }) {
  const folder = join(ROOT, "build", "test");
  mkdirSync(folder, { recursive: true });
  const tap = join(folder, `${name}.tap`);
  const failed = join(folder, `${name}.failed`);
  for (const file of [tap, failed]) rmSync(file, { force: true });
  const reporters = [
    ["spec", "stdout"],
    ["tap", tap],
    [join(SUPPORT, "failed-files.mjs"), failed],
  ].flatMap(([kind, to]) => [`--test-reporter=${kind}`, `--test-reporter-destination=${to}`]);
  const pace = [`--test-concurrency=${concurrency}`, `--test-timeout=${timeout}`];
  const limit = { DORMOUSE_FILE_LIMIT_MS: `${3 * timeout}` };
  const end = [`--import=${join(SUPPORT, "end-of-file.mjs")}`];
  const failure = await run(NODE, [...end, "--test", ...pace, ...reporters, ...files], {
    ...env,
    ...limit,
  }).catch((error) => error);
  return {
    failure,
    failedFiles: linesOf(failed).map((file) => relative(ROOT, file)),
    closingLines: linesOf(tap).filter((line) => CLOSING_LINE.test(line)),
  };
}

const CLOSING_LINE = /^# (tests|suites|pass|fail|cancelled|skipped|todo) \d+$/;

/** None if the file was not written: the runner itself failed. */
function linesOf(file) {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "");
}
