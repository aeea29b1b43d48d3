// How many test files run at a time: what is in no list runs alone, and the lists name what there is.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  ALONE,
  byPace,
  FIRST,
  testFiles,
  UNHURRIED,
  WAITING,
} from "../../scripts/support/test-files.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

test("a file of a new folder runs alone; folders of the lists are meant as they are called", () => {
  const files = ["glue/a", "new/b", "gluey/c", "layers/eslint/d", "layers/e"];
  assert.deepEqual(byPace(files.map((name) => `tests/${name}.test.ts`)), {
    unhurried: ["tests/glue/a.test.ts", "tests/layers/eslint/d.test.ts"],
    alone: ["tests/new/b.test.ts", "tests/gluey/c.test.ts"],
    waiting: ["tests/layers/e.test.ts"],
  });
});

test("whatever the lists name is there, and holds what is run", () => {
  for (const name of [...UNHURRIED, ...WAITING, ...Object.keys(ALONE)]) {
    assert.ok(existsSync(join(ROOT, name)), name);
  }
  const { waiting, alone } = byPace(testFiles());
  for (const folder of WAITING) {
    assert.ok(
      [...waiting, ...alone].some((file) => file.startsWith(`${folder}/`)),
      folder,
    );
  }
  for (const file of Object.keys(ALONE)) assert.ok(alone.includes(file), file);
  for (const file of FIRST) assert.ok(existsSync(join(ROOT, file)), file);
  assert.deepEqual([...new Set(testFiles())], testFiles());
});
