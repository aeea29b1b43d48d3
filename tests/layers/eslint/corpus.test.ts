// Servers as people write them: what is lost is found, each on its line, and nothing else is.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { check } from "../../../layers/eslint/command/check.ts";
import plugin from "../../../layers/eslint/index.ts";
import { ROOT } from "../../package/consumer.ts";
import { expectations, FOLDER, lint } from "./corpus.ts";

test("dirty servers: every loss is found, on its line", async () => {
  const folder = join(FOLDER, "dirty");
  const expected = expectations(folder);
  assert.ok(expected.length > 50);
  assert.deepEqual(await lint(folder), expected);
});

test("every rule has a section of the page, and finds something; the page has no other", () => {
  const page = readFileSync(join(ROOT, "docs", "check.md"), "utf8");
  const sections = [...page.matchAll(/^### ([\w-]+)$/gm)].map(([, name]) => name);
  const rules = Object.keys(plugin.rules ?? {}).sort();
  assert.deepEqual(sections.sort(), rules);
  const found = new Set(expectations(join(FOLDER, "dirty")).map((line) => line.split(" ")[1]));
  assert.deepEqual([...found].sort(), rules);
});

test("clean servers: no alarm", async () => {
  assert.deepEqual(await lint(join(FOLDER, "clean")), []);
});

test("the examples and the demo: no alarm", async () => {
  const { files, lines } = await check(ROOT, ["examples", "worker"]);
  assert.ok(files > 10);
  assert.deepEqual(lines, []);
});

test("a fault that several files lead to: told of once, by the file that is next to it, with its path", async () => {
  const { files, lines } = await check(join(FOLDER, "dirty"), ["layers-of-handlers"]);
  assert.equal(files, 4);
  assert.equal(lines.length, 1);
  const place =
    /^layers-of-handlers\/sockets\/quiz\.ts:5:\d+ .* \(in \.\.\/services\/index\.ts, line 2\)\. /;
  assert.match(lines[0] ?? "", place);
});
