/** The package's entry `dormouse-io/router/node`: egg's folders from the disk. */
import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/**
 * Imports every module below a folder, for `loadModules`. Paths are relative to it.
 *
 * @example
 * const modules = await readModules(new URL("./io/", import.meta.url));
 * const { controller, middleware } = loadModules(modules, app);
 */
export async function readModules(folder: URL | string): Promise<Record<string, unknown>> {
  const root = typeof folder === "string" ? folder : fileURLToPath(folder);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && isModule(entry.name))
    // Node 20 has `path` only.
    .map((entry) => join(entry.parentPath ?? (entry as { path?: string }).path, entry.name))
    .sort();
  const modules: Record<string, unknown> = {};
  for (const path of paths) {
    modules[relative(root, path).split(sep).join("/")] = await import(pathToFileURL(path).href);
  }
  return modules;
}

function isModule(name: string): boolean {
  return /\.[cm]?[jt]s$/.test(name) && !/\.d\.[cm]?ts$|\.map$/.test(name);
}
