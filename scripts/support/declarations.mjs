// The declarations in dist/.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const RELATIVE_IMPORT = /(?:from\s+|import\()"(\.[^"]+)\.[jt]s"/g;

/**
 * Takes the mark of private members out of classes' declarations: with it, a class is a type of its own for
 * each file that declares it, and a server of one entry (or of the CommonJS copy) is none of another's.
 * @param {string} folder
 */
export function makeStructural(folder) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.name.endsWith(".d.ts")) continue;
    const file = join(entry.parentPath ?? entry.path, entry.name);
    const text = readFileSync(file, "utf8");
    // The line stays: source maps count lines.
    const open = text.replaceAll(/^(\s*)#private;$/gm, "$1");
    if (open !== text) writeFileSync(file, open);
  }
}

/**
 * Copies a file of declarations, and those that it needs, to another folder.
 * @param {string} file
 * @param {string} from the folder that holds them all
 * @param {string} to
 */
export function copyDeclarations(file, from, to) {
  const copied = new Set();
  const copy = (path) => {
    if (copied.has(path)) return;
    copied.add(path);
    const text = readFileSync(path, "utf8").replace(/\n\/\/# sourceMappingURL=.*\n?$/, "\n");
    const target = join(to, relative(from, path));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
    for (const [, name] of text.matchAll(RELATIVE_IMPORT))
      copy(join(dirname(path), `${name}.d.ts`));
  };
  copy(file);
}
