// The pages name files and folders that are there, and link to what is there.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { deadLinks, ROOT } from "../support/pages.ts";

const git = (...args: string[]) => execFileSync("git", args, { cwd: ROOT, encoding: "utf8" });
const FOLDERS = git("ls-tree", "-d", "--name-only", "HEAD").trim().split("\n");
const PAGES = git("ls-files", "*.md").trim().split("\n");

/** Paths in code, from the top of the project: `a/{b,c}/d` stands for two. */
function named(text: string): string[] {
  const spans = text.matchAll(/`([\w.-]+(?:\/[\w.{},-]+)+)\/?`/g);
  return [...spans]
    .map(([, path]) => path as string)
    .filter((path) => FOLDERS.includes(path.split("/")[0] as string))
    .flatMap(expand);
}

function expand(path: string): string[] {
  const [, before, choices, after] = /^(.*?)\{(.*?)\}(.*)$/.exec(path) ?? [];
  if (choices === undefined) return [path];
  return choices.split(",").flatMap((choice) => expand(`${before}${choice}${after}`));
}

test("the index of the documentation leads to all of its pages", () => {
  const index = readFileSync(join(ROOT, "docs", "README.md"), "utf8");
  const inDocs = PAGES.filter((page) => page.startsWith("docs/") && page !== "docs/README.md");
  assert.deepEqual(
    inDocs.filter((page) => !index.includes(`](${page.replace("docs/", "")})`)),
    [],
  );
});

test("the changelog has a section for the package's version", () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  assert.match(version, /^\d+\.\d+\.\d+$/);
  const [, newest] = /^## (\S+),/m.exec(readFileSync(join(ROOT, "CHANGELOG.md"), "utf8")) ?? [];
  assert.equal(newest, version);
});

test("there are pages, and they name paths", () => {
  assert.ok(PAGES.includes("CONTRIBUTING.md"));
  assert.ok(named(readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8")).length > 20);
});

for (const page of PAGES) {
  test(page, () => {
    const paths = named(readFileSync(join(ROOT, page), "utf8"));
    assert.deepEqual(
      paths.filter((path) => !existsSync(join(ROOT, path))),
      [],
    );
    assert.deepEqual(deadLinks(ROOT, page), []);
  });
}
