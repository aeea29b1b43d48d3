// Running programs. Plain Node 20 without dependencies: this runs before `npm ci`.
import { spawn, spawnSync } from "node:child_process";
import { accessSync, closeSync, constants, openSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** Programs that npm installed; Node 24 among them. */
export const BIN = join(ROOT, "node_modules", ".bin");

/** Node 24, which runs the TypeScript sources directly. */
export const NODE = join(BIN, "node");

/** What a script tells its user and then stops for, without a stack. */
export class Failure extends Error {
  /**
   * @param {string} message
   * @param {number} exitCode
   */
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Runs a program with this process's input and output.
 * @param {string} program
 * @param {string[]} args
 * @param {Record<string, string | undefined>} env added to this process's environment
 * @param {{ cwd?: string, timeout?: number, log?: string, signal?: AbortSignal }} options `cwd`: the folder to run
 *   it in, not the checkout; `timeout`: after so many milliseconds it is ended; `log`: a file for what it prints,
 *   to which it is added; `signal`: ends it
 * @throws {Failure} with the program's exit code
 */
export async function run(program, args, env = {}, options = {}) {
  const { cwd = ROOT, timeout, log, signal } = options;
  const file = log === undefined ? undefined : openSync(log, "a");
  const child = spawn(program, args, {
    cwd,
    timeout,
    signal,
    stdio: file === undefined ? "inherit" : ["ignore", file, file],
    env: { ...process.env, ...env },
  });
  if (file !== undefined) closeSync(file);
  let interrupted = false;
  const forward = (signal) => {
    interrupted = true;
    child.kill(signal);
  };
  process.on("SIGTERM", forward).on("SIGINT", forward);
  try {
    await finished(child, label(program, args));
  } catch (error) {
    // Whoever stops a program does not want to be told that it failed.
    if (interrupted || signal?.aborted) error.message = "";
    throw error;
  } finally {
    process.off("SIGTERM", forward).off("SIGINT", forward);
  }
}

/**
 * Runs a program quietly.
 * @param {string} program
 * @param {string[]} args
 * @returns {Promise<{ output: string, error: Failure | undefined }>} what it printed, both streams
 */
export async function capture(program, args) {
  const child = spawn(program, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  const error = await finished(child, label(program, args)).then(
    () => undefined,
    (failure) => failure,
  );
  return { output, error };
}

/** A program's name for messages: that of the script if Node only runs one. */
function label(program, [first = ""]) {
  return basename(program === NODE && !first.startsWith("-") ? first : program);
}

function finished(child, program) {
  return new Promise((done, fail) => {
    child.once("error", (error) => fail(new Failure(`${program}: ${error.message}`, 127)));
    child.once("close", (code, signal) => {
      if (code === 0) done();
      else fail(new Failure(`${program} failed (${signal ?? `exit code ${code}`})`, code ?? 1));
    });
  });
}

/**
 * What a program prints on its standard output; empty if it is missing or fails.
 * @param {string} program
 * @param {string[]} args
 */
export function outputOf(program, args) {
  const env = { ...process.env, LC_ALL: "C" };
  const { stdout } = spawnSync(program, args, { cwd: ROOT, encoding: "utf8", env });
  return stdout ?? "";
}

/**
 * Whether a program of this name can be started.
 * @param {string} name
 */
export function hasProgram(name) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** PATH without the programs that npm installed, for npm itself: it may be about to remove them. */
export function systemPath() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.filter((folder) => !folder.endsWith(join("node_modules", ".bin"))).join(delimiter);
}

/**
 * Does `work` for each item, as many at a time as there are processors.
 * @template Item
 * @param {Item[]} items
 * @param {(item: Item) => Promise<void>} work
 */
export async function inParallel(items, work) {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

/**
 * Does several things at the same time; the first that fails ends the others.
 * @param {((signal: AbortSignal) => Promise<void>)[]} works
 */
export async function together(works) {
  const stop = new AbortController();
  let first;
  const all = works.map((work) =>
    work(stop.signal).catch((error) => {
      first ??= error;
      stop.abort();
    }),
  );
  await Promise.all(all);
  if (first !== undefined) throw first;
}

/**
 * Runs a script's body and ends the process as it deserves.
 * @param {() => Promise<void>} body
 */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.message) console.error(`\n${error.message}`);
    process.exitCode = error.exitCode;
  }
}
