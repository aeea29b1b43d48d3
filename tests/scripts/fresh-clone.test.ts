// Scripts start on a fresh clone: what they import at once is Node's, or their own.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SCRIPTS = join(ROOT, "scripts");

/** What a module imports at once, as it names it. */
function importsOf(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2022);
  return source.statements.flatMap((statement) => {
    const isImport = ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement);
    const from = isImport ? statement.moduleSpecifier : undefined;
    return from && ts.isStringLiteral(from) ? [from.text] : [];
  });
}

/** The packages that a module needs to start, and by which files. */
function packagesOf(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  return importsOf(file).flatMap((name) => {
    if (name.startsWith("node:")) return [];
    if (name.startsWith(".")) return packagesOf(join(dirname(file), name), seen);
    return [`${name} in ${relative(ROOT, file)}`];
  });
}

const scripts = readdirSync(SCRIPTS).filter((name) => name.endsWith(".mjs"));

test("there are scripts, and what they import is found", () => {
  assert.ok(scripts.includes("test.mjs"));
  const setUp = importsOf(join(SCRIPTS, "build.mjs"));
  assert.ok(setUp.includes("./setup.mjs"), setUp.join());
});

for (const name of scripts) {
  test(`scripts/${name} needs no package before it has installed them`, () => {
    assert.deepEqual(packagesOf(join(SCRIPTS, name)), []);
  });
}
