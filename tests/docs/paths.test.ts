// The pages name files and folders that are there.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
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

/** Where links lead to, without those to other sites and to sections. */
function linked(text: string): string[] {
  return [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
    .map(([, target]) => target as string)
    .filter((target) => !/^[a-z]+:/.test(target));
}

test("there are pages, and they name paths", () => {
  assert.ok(PAGES.includes("CONTRIBUTING.md"));
  assert.ok(named(readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8")).length > 20);
});

for (const page of PAGES) {
  test(page, () => {
    const text = readFileSync(join(ROOT, page), "utf8");
    const paths = [...named(text), ...linked(text).map((target) => join(dirname(page), target))];
    assert.deepEqual(
      paths.filter((path) => !existsSync(join(ROOT, path))),
      [],
    );
  });
}
