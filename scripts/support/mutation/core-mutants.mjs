// Small changes to C++ sources that a good test should notice. Found line by line, by regular
// expressions: what they make of it need not compile, and then it counts for nothing.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../process.mjs";

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
 * @returns {import("./mutant.mjs").Mutant[]}
 */
export function coreMutants(file) {
  const mutants = [];
  let start = 0;
  for (const [index, before] of readFileSync(join(ROOT, file), "utf8").split("\n").entries()) {
    const changes = IDLE.test(before) ? [] : changesOf(before);
    for (const after of changes) mutants.push({ file, line: index + 1, start, before, after });
    start += before.length + 1;
  }
  return mutants;
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
