// Small changes to C++ sources that a good test should notice. Found line by line, by regular
// expressions: what they make of it need not compile, and then it counts for nothing.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./process.mjs";

/** Each: what is looked for, what stands there instead. One mutant for each place where it occurs. */
const REPLACEMENTS = [
  [/ < /g, " <= "],
  [/ <= /g, " < "],
  [/ > /g, " >= "],
  [/ >= /g, " > "],
  [/ == /g, " != "],
  [/ != /g, " == "],
  [/ && /g, " || "],
  [/ \|\| /g, " && "],
  [/ \+ /g, " - "],
  [/ - /g, " + "],
  [/ \+= /g, " -= "],
  [/ -= /g, " += "],
  [/\+\+/g, "--"],
  [/\btrue\b/g, "false"],
  [/\bfalse\b/g, "true"],
  [/\bstd::min\b/g, "std::max"],
  [/\bstd::max\b/g, "std::min"],
  [/\bif \(/g, "if (!!!"],
  [/\breturn (?=[a-z_]+(\(|;| ==| <| !))/g, "return !"],
  [/\bcontinue;/g, "break;"],
  [/(?<=[ (])0(?=[;,) ])/g, "1"],
  [/(?<=[ (])1(?=[;,) ])/g, "2"],
];

/** A whole statement on a line of its own that may be left out: a call or an assignment. */
const STATEMENT =
  /^\s+(?!return\b|using\b|case\b|break\b|continue\b|goto\b|const\b|auto\b|static\b)[\w:.\->*[\]()]+( [-+|&]?= .*|\(.*\));$/;
/** Lines on which nothing runs. */
const IDLE = /^\s*(\/\/|#|static_assert|namespace\b|template\b|\[\[|X\()/;

/**
 * Every mutant of a file.
 * @param {string} file relative to the checkout
 */
export function mutantsOf(file) {
  const lines = readFileSync(join(ROOT, file), "utf8").split("\n");
  return lines.flatMap((before, index) => {
    if (IDLE.test(before)) return [];
    return changesOf(before).map((after) => ({ file, line: index + 1, before, after }));
  });
}

function changesOf(line) {
  const end = line.includes(" // ") ? line.indexOf(" // ") : line.length;
  const changes = [];
  for (const [pattern, replacement] of REPLACEMENTS) {
    for (const { 0: found, index } of line.matchAll(pattern)) {
      if (index >= end || isQuoted(line, index)) continue;
      changes.push(line.slice(0, index) + replacement + line.slice(index + found.length));
    }
  }
  if (STATEMENT.test(line)) changes.push(`${/^\s*/.exec(line)?.[0]};`);
  return changes.map(negateCondition);
}

/** `if (!!!condition)` stands for a negated condition, whose end is a matter of parentheses. */
function negateCondition(line) {
  const mark = "if (!!!";
  const start = line.indexOf(mark);
  if (start < 0) return line;
  let depth = 1;
  const from = start + mark.length;
  for (let i = from; i < line.length; i++) {
    if (line[i] === "(") depth += 1;
    if (line[i] === ")") depth -= 1;
    if (depth === 0)
      return `${line.slice(0, start)}if (!(${line.slice(from, i)}))${line.slice(i + 1)}`;
  }
  return line;
}

function isQuoted(line, index) {
  return (line.slice(0, index).match(/(?<!\\)"/g) ?? []).length % 2 === 1;
}

/**
 * `count` of the items, the same ones for the same seed, in their order.
 * @template Item
 * @param {Item[]} items
 * @param {number} count
 * @param {number} seed
 */
export function draw(items, count, seed) {
  const order = items.map((item, index) => ({ item, index, key: scramble(index, seed) }));
  order.sort((a, b) => a.key - b.key);
  return order
    .slice(0, count)
    .sort((a, b) => a.index - b.index)
    .map(({ item }) => item);
}

/** A number that looks random and depends on nothing but its arguments. */
function scramble(index, seed) {
  let x = (Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca6b)) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}
