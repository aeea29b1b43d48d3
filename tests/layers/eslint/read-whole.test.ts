// What is too much for the check is told of, by the name of the file: silence would be taken for a yes.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { check } from "../../../layers/eslint/command/check.ts";

/** Variables each of which may be any of the others: there are more ways through them than anybody can follow. */
function tangle(count: number): string {
  const names = Array.from({ length: count }, (_, number) => `v${number}`);
  const lines = names.map(
    (name) => `${name} = ${names.filter((one) => one !== name).join(" || ")};`,
  );
  return `let ${names.join(", ")};\n${lines.join("\n")}\n`;
}

const SERVER = `import { createServer } from "dormouse-io";
export const Chat = createServer((io) => {
  io.on("connection", (socket) => socket.on("say", () => io.emit("said")));
});
`;

async function linesFor(files: Record<string, string>): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "dormouse-check-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return (await check(folder, ["server.js"])).lines;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("code that is more than the check can follow", async () => {
  const server = `${SERVER}${tangle(12)}v0.on("connection", () => {});\n`;
  const [line, ...others] = await linesFor({ "server.js": server });
  assert.deepEqual(others, []);
  assert.match(
    line ?? "",
    /^server\.js:1:1 server\.js is more than .*\(dormouse-io\/read-whole\)$/,
  );
});

test("a file that is imported and too large to be looked at", async () => {
  const lines = await linesFor({
    "server.js": `import { rooms } from "./large.js";\n${SERVER}`,
    "large.js": `export const rooms = new Map();\n// ${"x".repeat(1_000_000)}`,
  });
  assert.ok(
    lines.some((line) => /server\.js imports large\.js, which is too large/.test(line)),
    `${lines}`,
  );
});

test("what is followed to its end is not told of", async () => {
  assert.deepEqual(await linesFor({ "server.js": `${SERVER}${tangle(3)}` }), []);
});

test("calls that lead deeper than the stack are followed", async () => {
  const calls = Array.from({ length: 600 }, (_, number) => {
    return `function f${number}() { f${number + 1}(); }`;
  });
  const server = `import { createServer } from "dormouse-io";
let count = 0;
${calls.join("\n")}
function f600() { count += 1; }
export const Chat = createServer((io) => {
  io.on("connection", (socket) => socket.on("say", () => f0()));
});
`;
  const [line, ...others] = await linesFor({ "server.js": server });
  assert.deepEqual(others, []);
  assert.match(line ?? "", /^server\.js:2:5 `count` is a variable of the module/);
});

test("a file that ESLint gives up on is named, and what it is imported by is looked at", async () => {
  // Compiled code has smaller frames: enough for ESLint to give up in any case, or the parser before it.
  const sum = Array.from({ length: 9000 }, () => '"x"').join(" + ");
  const [first, second, ...others] = await linesFor({
    "server.js": `import { text } from "./text.js";\nlet count = 0;
io.on("connection", (socket) => socket.on("say", () => (count += text.length)));\n${SERVER}
const io = new (await import("socket.io")).Server();`,
    "text.js": `export const text = ${sum};`,
  });
  assert.deepEqual(others, []);
  assert.match(first ?? "", /^server\.js:2:5 `count` is a variable/);
  assert.match(second ?? "", /^text\.js:1:\d+ .*(Maximum call stack|Not enough stack space)/);
});
