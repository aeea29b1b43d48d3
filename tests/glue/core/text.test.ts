// Every string of JavaScript's goes into WebAssembly memory and comes back as it was.
import assert from "node:assert/strict";
import { test } from "node:test";
import { byteLength, readText, writeHead, writeText } from "../../../glue/core/text.ts";

const UNITS = [
  "a",
  "é",
  "€",
  "🐭",
  "\ud800",
  "\udbff",
  "\udc00",
  "\udfff",
  "\ufffd",
  "\ufeff",
  "\0",
];

/** Every string of three of these. */
const TEXTS = UNITS.flatMap((a) => UNITS.flatMap((b) => UNITS.map((c) => a + b + c)));

function encode(text: string): Uint8Array {
  const memory = new Uint8Array(4 + text.length * 3);
  return memory.slice(4, 4 + writeText(text, memory, 4));
}

test("a text comes back as it was, whatever is in it", () => {
  for (const text of [...TEXTS, "", "x".repeat(300), `${"ü".repeat(200)}\ud800`]) {
    const bytes = encode(text);
    assert.equal(readText(bytes, 0, bytes.length), text, JSON.stringify(text));
    assert.equal(bytes.length, byteLength(text), JSON.stringify(text));
  }
});

test("texts that differ have bytes that differ", () => {
  const all = new Set(TEXTS);
  assert.equal(new Set([...all].map((text) => encode(text).join())).size, all.size);
});

test("what has no lone surrogate is UTF-8", () => {
  for (const text of TEXTS) {
    if (!text.isWellFormed()) continue;
    assert.deepEqual([...encode(text)], [...Buffer.from(text)], JSON.stringify(text));
  }
});

const START = 2;
const UNTOUCHED = 0xee;

test("a head is cut between code points, is the beginning of the whole, and stays in its place", () => {
  for (const text of [...TEXTS, "x".repeat(300), "ascii", `${"x".repeat(31)}é`]) {
    const whole = encode(text);
    for (let size = 0; size <= whole.length + 1; size++) {
      const memory = new Uint8Array(START + size + 1).fill(UNTOUCHED);
      const { read, written } = writeHead(text, memory, START, size);
      const target = memory.subarray(START, START + size);
      assert.deepEqual([...target.subarray(0, written)], [...whole.subarray(0, written)]);
      assert.equal(byteLength(text.slice(0, read)), written, `${JSON.stringify(text)} ${size}`);
      assert.ok(size - written < 4 || read === text.length);
      const around = [...memory.subarray(0, START), ...memory.subarray(START + size)];
      assert.ok(around.every((byte) => byte === UNTOUCHED));
    }
  }
});
