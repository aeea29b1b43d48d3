// What is demanded of a core.wasm, whoever compiled it.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { Failure } from "./process.mjs";

/** The largest core.wasm that is accepted, in bytes. */
const SIZE_LIMIT = 64 * 1024;

/**
 * Checks that a module imports nothing, exports the boundary and is small.
 * @param {string} file
 * @returns {string[]} the names of the boundary's functions, sorted
 */
export function checkModule(file) {
  const bytes = readFileSync(file);
  const module = new WebAssembly.Module(bytes);
  const imports = WebAssembly.Module.imports(module).map(
    (entry) => `${entry.module}.${entry.name}`,
  );
  const names = WebAssembly.Module.exports(module).map((entry) => entry.name);
  console.log(`${file}: ${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} gzipped`);
  if (imports.length > 0) throw new Failure(`${file} imports ${imports.join(", ")}`);
  if (bytes.length > SIZE_LIMIT) throw new Failure(`${file} is larger than ${SIZE_LIMIT} bytes`);
  for (const needed of ["memory", "_initialize"]) {
    if (!names.includes(needed)) throw new Failure(`${file} does not export ${needed}`);
  }
  return names.filter((name) => name.startsWith("dm_")).sort();
}
