// The checks that run nothing: formatting, Biome, types, clang-tidy.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { configure } from "./core.mjs";
import { BIN, capture, Failure, inParallel, NODE, ROOT, run } from "./process.mjs";
import { cppFiles, filesBelow, TYPESCRIPT_PROJECTS } from "./sources.mjs";

/** Biome's arguments for its rules, and for the order of the rooms (biome.rooms.jsonc). */
export const BIOME_RULES = ["check", "--formatter-enabled=false", "--error-on-warnings"];

/** Fails on files that `npm run format` would change. */
export async function checkFormat() {
  await run("clang-format-19", ["--dry-run", "--Werror", ...cppFiles()]);
  await run(NODE, [join(BIN, "biome"), "format"]);
}

/** Biome's rules, the types of every project, clang-tidy. */
export async function lint() {
  await run(NODE, [join(BIN, "biome"), ...BIOME_RULES]);
  await checkAll(TYPESCRIPT_PROJECTS, (project) =>
    capture(NODE, [join(BIN, "tsc"), "--project", project]),
  );
  await tidy();
}

/**
 * clang-tidy on wasm/src as it is compiled to Wasm. Files that were clean and did not change since,
 * nor any header, are not looked at again.
 */
async function tidy() {
  await configure("wasi");
  const folder = join(ROOT, "build", "tidy");
  mkdirSync(folder, { recursive: true });
  const headers = filesBelow(["wasm"], /\.h$/);
  const commands = "build/wasi/compile_commands.json";
  const common = digest([".clang-tidy", commands, ...headers]);
  await checkAll(filesBelow(["wasm/src"], /\.cpp$/), async (file) => {
    const stamp = join(folder, basename(file));
    const state = common + digest([file]);
    if (existsSync(stamp) && readFileSync(stamp, "utf8") === state) return {};
    const result = await capture("clang-tidy-19", ["--quiet", "-p", "build/wasi", file]);
    if (!result.error) writeFileSync(stamp, state);
    return result;
  });
}

/** Runs a check on every item, reports all failures, then stops. */
async function checkAll(items, check) {
  const failed = [];
  await inParallel(items, async (item) => {
    const { output, error } = await check(item);
    if (!error) return;
    failed.push(item);
    console.error(output);
  });
  if (failed.length > 0) throw new Failure(`not clean: ${failed.sort().join(", ")}`);
}

function digest(files) {
  const hash = createHash("sha256");
  for (const file of files) hash.update(file).update(readFileSync(join(ROOT, file)));
  return hash.digest("hex");
}
