/** Which files a run of the command looks at. */
import { readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";

const SOURCE = /\.[cm]?[jt]sx?$/;
const NOT_SERVER = /(\.d\.[cm]?ts|\.min\.[cm]?js|\.(test|spec|config)\.[cm]?[jt]sx?)$/;
/** Folders of what is made, fetched or sent to browsers. */
const SKIPPED = new Set(["node_modules", "dist", "build", "out", "coverage", "public", "static"]);

export class NoSuchFile extends Error {}

/** Files as named, and all sources below folders. */
export function filesBelow(folder: string, names: readonly string[]): string[] {
  const files = new Set<string>();
  for (const name of names) {
    const path = resolve(folder, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (!stats) throw new NoSuchFile(`There is no file or folder ${name}.`);
    if (stats.isFile()) files.add(path);
    else for (const file of sources(path)) files.add(file);
  }
  return [...files];
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return isSkipped(entry.name) ? [] : sources(path);
      return entry.isFile() && isSource(path) ? [path] : [];
    });
}

function isSkipped(name: string): boolean {
  return SKIPPED.has(name) || name.startsWith(".");
}

function isSource(path: string): boolean {
  return SOURCE.test(path) && !NOT_SERVER.test(basename(path));
}

export function isTypeScript(path: string): boolean {
  return /\.[cm]?tsx?$/.test(path);
}
