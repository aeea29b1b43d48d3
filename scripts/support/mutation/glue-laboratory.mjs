// A copy of the checkout in which mutants of the glue are tested; the checkout stays as it is.
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { NODE, outputOf, ROOT } from "../process.mjs";
import { Coverage } from "./coverage.mjs";
import { withMutant } from "./mutant.mjs";

/** A mutant that makes a test file run for longer than this, and than a multiple of its time, hangs. */
const LEAST_TIMEOUT_MS = 60_000;
const SLOWER = 4;
/** A line of TAP. What carries one of its two directives has not failed, whatever it begins with. */
const FAILED_TEST = /^\s*not ok (?!.*# (SKIP|TODO))/m;

/**
 * What is known of a test file that passes.
 * @typedef {object} Measured
 * @property {string} file
 * @property {boolean} isInNode
 * @property {number} milliseconds that it takes
 * @property {(mutant: import("./mutant.mjs").Mutant) => boolean} mayNotice
 */

/** Those in Node come first: they are the faster ones, and stop at once. */
const byCost = (a, b) => Number(b.isInNode) - Number(a.isInNode) || a.milliseconds - b.milliseconds;

export class GlueLaboratory {
  #sources;
  /** @type {Measured[]} */
  #tests = [];

  /** @param {number} number tells laboratories that work at the same time apart */
  constructor(number) {
    this.#sources = join(ROOT, "build", "mutants", `glue-${number}`);
  }

  /** Copies what git knows and does not ignore, and the built core. */
  prepare() {
    rmSync(this.#sources, { recursive: true, force: true });
    const listing = outputOf("git", [
      "ls-files",
      "-z",
      "--cached",
      "--others",
      "--exclude-standard",
    ]);
    const files = listing.split("\0").filter((file) => file !== "" && existsSync(join(ROOT, file)));
    for (const file of [...files, "wasm/core.wasm"]) {
      const copy = join(this.#sources, file);
      mkdirSync(dirname(copy), { recursive: true });
      cpSync(join(ROOT, file), copy);
    }
    symlinkSync(join(ROOT, "node_modules"), join(this.#sources, "node_modules"));
  }

  /**
   * Runs a test file on the sources as they are. Undefined if it fails.
   * @param {string} file one that runs the glue in Node
   * @returns {Promise<Measured | undefined>}
   */
  async measureInNode(file) {
    const folder = join(this.#sources, "build", "coverage", file);
    const milliseconds = await this.#timeOf(file, { NODE_V8_COVERAGE: folder });
    if (milliseconds === undefined) return undefined;
    const coverage = new Coverage(folder, this.#sources);
    const mayNotice = (mutant) => coverage.reaches(mutant.file, mutant.start);
    return { file, isInNode: true, milliseconds, mayNotice };
  }

  /**
   * The same of one that runs the glue in workerd.
   * @param {string} file
   * @param {(file: string) => boolean} isAbout whether it is for mutants of a file
   * @returns {Promise<Measured | undefined>}
   */
  async measureInWorkerd(file, isAbout) {
    const milliseconds = await this.#timeOf(file);
    if (milliseconds === undefined) return undefined;
    return { file, isInNode: false, milliseconds, mayNotice: (mutant) => isAbout(mutant.file) };
  }

  /** @param {Measured[]} tests what mutants are tried with */
  use(tests) {
    this.#tests = [...tests].sort(byCost);
  }

  /**
   * @param {import("./mutant.mjs").Mutant} mutant
   * @returns {Promise<"noticed" | "survived" | "unreached">}
   */
  async try(mutant) {
    const tests = this.#tests.filter((test) => test.mayNotice(mutant));
    if (tests.length === 0) return "unreached";
    return withMutant(this.#sources, mutant, async () => {
      for (const { file, milliseconds } of tests) {
        const timeout = Math.max(LEAST_TIMEOUT_MS, SLOWER * milliseconds);
        if (!(await this.#passes(file, timeout))) return "noticed";
      }
      return "survived";
    });
  }

  /** What a test file takes, in milliseconds; undefined if it fails. */
  async #timeOf(file, env = {}) {
    const start = performance.now();
    const passes = await this.#passes(file, Number.POSITIVE_INFINITY, env);
    return passes ? performance.now() - start : undefined;
  }

  /** Whether all tests of a file pass. The first that fails ends it, with whatever it has started. */
  #passes(file, timeout, env = {}) {
    const child = spawn(NODE, ["--test-force-exit", "--test-reporter=tap", file], {
      cwd: this.#sources,
      stdio: ["ignore", "pipe", "ignore"],
      env: { ...process.env, ...env },
      detached: true,
    });
    const end = () => {
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch {
        // All of them have ended.
      }
    };
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      output = output.slice(output.lastIndexOf("\n") + 1) + text;
      if (FAILED_TEST.test(output)) end();
    });
    const timer = timeout < Number.POSITIVE_INFINITY ? setTimeout(end, timeout) : undefined;
    return new Promise((resolve) => {
      child.once("error", () => resolve(false));
      child.once("close", (code) => {
        clearTimeout(timer);
        end();
        resolve(code === 0);
      });
    });
  }
}
