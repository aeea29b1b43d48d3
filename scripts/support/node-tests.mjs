// Running test files in Node.
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { NODE, ROOT, run } from "./process.mjs";

const RUN_FILES = join(ROOT, "scripts", "support", "run-files.mjs");
const TESTS = join(ROOT, "build", "test");
/** Node keeps there what it has made of a source: hundreds of processes load the same ones, and most of them are TypeScript. */
const CACHE = { NODE_COMPILE_CACHE: join(TESTS, "compile-cache") };
/** Others that want a processor get it first. */
const BEHIND = ["nice", "-n", "10"];
const TEST_TIMEOUT_MS = 300_000;

/**
 * Runs test files with Node's own runner (run-files.mjs); gives the lines with which its TAP ends. One file
 * at a time on every machine unless `concurrency` says more (test-files.mjs).
 * @param {string} name of the TAP and other reports, in build/test
 * @param {string[]} files
 * @param {Record<string, string>} env added to this process's environment
 * @param {{ timeout?: number, concurrency?: number, secondTries?: number, isBehind?: boolean, signal?: AbortSignal }} pace
 *   `timeout`: a test that takes longer, or a file that takes three times as long, in milliseconds, hangs;
 *   `concurrency`: so many files at a time; `secondTries`: if no more files than these fail, each runs once more,
 *   alone. What passes then was late, or fails only sometimes: the last lines name it, because it is to be mended;
 *   `isBehind`: others run beside them, which go first; what is printed is in build/test/<name>.log; `signal` ends
 *   it.
 */
export async function testInNode(name, files, env = {}, pace = {}) {
  const { timeout = TEST_TIMEOUT_MS, concurrency = 1, secondTries = 0, isBehind, signal } = pace;
  mkdirSync(TESTS, { recursive: true });
  const log = isBehind ? logOf(name) : undefined;
  if (log) rmSync(log, { force: true });
  const first = await runFiles({ name, timeout, concurrency, files }, env, { log, signal });
  if (first.failure === undefined) return first.closingLines;
  const again = first.failedFiles;
  const isInterrupted = first.failure.message === "";
  if (isInterrupted || again.length === 0 || again.length > secondTries) throw first.failure;
  const settings = { name: `${name}-again`, timeout, concurrency: 1, files: again };
  say(`\nOnce more, alone, what failed: ${again.join(" ")}\n`, log);
  const second = await runFiles(settings, env, { log, signal });
  if (second.failure !== undefined) throw second.failure;
  const line = `failed, and passed alone at a second try, to be mended: ${again.join(" ")}`;
  return [...first.closingLines, line, ...second.closingLines];
}

/** Where is what was printed for test files that ran beside others. */
export function logOf(name) {
  return join(TESTS, `${name}.log`);
}

function say(text, log) {
  if (log === undefined) process.stdout.write(text);
  else appendFileSync(log, text);
}

async function runFiles(settings, env, { log, signal }) {
  const [tap, failed] = ["tap", "failed"].map((ending) =>
    join(TESTS, `${settings.name}.${ending}`),
  );
  for (const file of [tap, failed]) rmSync(file, { force: true });
  const command = [...(log ? BEHIND : []), NODE, RUN_FILES, JSON.stringify(settings)];
  const limit = { DORMOUSE_FILE_LIMIT_MS: `${3 * settings.timeout}` };
  const all = { ...CACHE, ...env, ...limit };
  const failure = await run(command[0], command.slice(1), all, { log, signal }).catch(
    (error) => error,
  );
  return {
    failure,
    failedFiles: linesOf(failed),
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
