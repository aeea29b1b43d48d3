// Building the C++ core.
import { join } from "node:path";
import { corePreset } from "../setup.mjs";
import { removeForeignBuild } from "./cmake-cache.mjs";
import { capture, ROOT, run } from "./process.mjs";

/** Where the TypeScript imports the module from. */
export const CORE_WASM = join(ROOT, "wasm", "core.wasm");

/** Builds wasm/core.wasm if its sources changed. */
export async function buildCore() {
  const preset = corePreset();
  await build(preset, [], preset === "emscripten" ? [`-DDORMOUSE_MODULE_COPY=${CORE_WASM}`] : []);
}

/**
 * Configures and builds one of the CMake presets.
 * @param {string} preset
 * @param {string[]} targets none: all
 * @param {string[]} definitions for the configuration
 */
export async function build(preset, targets = [], definitions = []) {
  await configure(preset, definitions);
  const selection = targets.length > 0 ? ["--target", ...targets] : [];
  await run("cmake", ["--build", "--preset", preset, ...selection]);
}

/**
 * @param {string} preset
 * @param {string[]} definitions
 */
export async function configure(preset, definitions = []) {
  removeForeignBuild(join(ROOT, "build", preset), ROOT);
  const { output, error } = await capture("cmake", ["--preset", preset, ...definitions]);
  if (!error) return;
  console.error(output);
  throw error;
}
