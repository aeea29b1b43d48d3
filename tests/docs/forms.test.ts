// What the pages show is what can be bound, typed and called.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { codeBlocks, ROOT } from "../support/pages.ts";

function filesBelow(folder: string, pattern: RegExp): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => pattern.test(name) && !name.includes("node_modules"))
    .map((name) => join(folder, name));
}

test("servers are shown as classes, which the types that wrangler generates want", () => {
  const files = [
    "README.md",
    ...filesBelow("docs", /\.md$/),
    ...filesBelow("examples", /\.(ts|md)$/),
  ];
  for (const file of [...files, ...filesBelow("worker", /\.ts$/)]) {
    const text = readFileSync(join(ROOT, file), "utf8");
    assert.doesNotMatch(text, /export (const|let) \w+ = createServer/, file);
  }
});

test("heartbeats are recommended in minutes: nothing keeps an idle WebSocket open for hours", () => {
  let values = 0;
  for (const file of [...filesBelow("docs", /\.md$/), ...filesBelow("examples", /\.ts$/)]) {
    const text = readFileSync(join(ROOT, file), "utf8");
    for (const [, value = ""] of text.matchAll(/pingInterval: ([\d_]+)/g)) {
      values += 1;
      assert.ok(Number(value.replaceAll("_", "")) <= 300_000, `${file}: pingInterval: ${value}`);
    }
  }
  assert.ok(values > 0, "some are shown");
});

test("clients are shown with transports: without, they begin with long-polling, which is an import of its own", () => {
  let clients = 0;
  for (const file of ["README.md", ...filesBelow("docs", /\.md$/)]) {
    if (file === join("docs", "polling.md")) continue;
    for (const { code, line } of codeBlocks(file)) {
      for (const [call] of code.matchAll(/= io\(.*?\);/gs)) {
        clients += 1;
        assert.match(call, /\btransports\b/, `${file}:${line}`);
      }
    }
  }
  assert.ok(clients >= 8, `${clients} clients were found`);
});
