// Running the fuzzers: build/fuzz/<name> is made of tests/wasm/fuzz/<name>.cpp.
import { existsSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "./core.mjs";
import { capture, Failure, inParallel, ROOT } from "./process.mjs";
import { filesBelow } from "./sources.mjs";

const BUILD = join(ROOT, "build", "fuzz");
const TESTS = join(ROOT, "tests", "wasm", "fuzz");

/** Names of all fuzzers. */
export function fuzzers() {
  return filesBelow(["tests/wasm/fuzz"], /\.cpp$/).map((file) => basename(file, ".cpp"));
}

/**
 * Builds and runs fuzzers, each for so many seconds. What they find new is kept in the build
 * folder; the seeds in tests/wasm/fuzz/corpus are only read.
 * @param {string[]} names
 * @param {number} seconds
 */
export async function fuzz(names, seconds) {
  await build("fuzz", names);
  const failed = [];
  await inParallel(names, async (name) => {
    const { output, error } = await capture(join(BUILD, name), fuzzerArguments(name, seconds));
    const summary = output.trimEnd().split("\n").at(-1);
    console.log(`${name}: ${error ? error.message : summary}`);
    if (!error) return;
    failed.push(name);
    console.error(output);
  });
  if (failed.length > 0) throw new Failure(`fuzzers found something: ${failed.join(", ")}`);
}

function fuzzerArguments(name, seconds) {
  const found = join(BUILD, "corpus", name);
  const artifacts = join(BUILD, "artifacts", name);
  mkdirSync(found, { recursive: true });
  mkdirSync(artifacts, { recursive: true });
  const seeds = join(TESTS, "corpus", name);
  return [
    `-max_total_time=${seconds}`,
    "-timeout=10",
    "-rss_limit_mb=1024",
    `-artifact_prefix=${artifacts}/`,
    found,
    ...(existsSync(seeds) ? [seeds] : []),
  ];
}
