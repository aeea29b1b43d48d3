// What the compiler puts around `import()` of a name that is computed.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const HELPER = /^var __rewriteRelativeImportExtension = [\s\S]*?^};$/m;
const CALL = /__rewriteRelativeImportExtension\(((?:[^()]|\([^()]*\))*)\)/g;

/**
 * Takes the function out of modules by which TypeScript renames relative files, where it cannot see what is imported:
 * those of ours that compute it import a built-in module or a whole address, which it leaves alone.
 * @param {string} folder
 */
export function importAsWritten(folder) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.name.endsWith(".js")) continue;
    const file = join(entry.parentPath ?? entry.path, entry.name);
    const code = readFileSync(file, "utf8");
    if (!HELPER.test(code)) continue;
    // The lines stay: source maps count them.
    const plain = code.replace(HELPER, (text) => text.replace(/[^\n]/g, "")).replace(CALL, "$1");
    if (plain.includes("__rewriteRelative"))
      throw new Error(`${file} computes an import otherwise`);
    writeFileSync(file, plain);
  }
}
