// A mutant: the sources with one small place of them broken, which a good test should notice.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @typedef {object} Mutant
 * @property {string} file relative to the checkout
 * @property {number} line of its place, from 1
 * @property {number} start of the text that is replaced, in units of the file's string
 * @property {string} before that text
 * @property {string} after what stands there instead
 */

/**
 * Does `work` while a copy of the sources holds a mutant.
 * @template Result
 * @param {string} folder the copy's
 * @param {Mutant} mutant
 * @param {() => Promise<Result>} work
 */
export async function withMutant(folder, { file, start, before, after }, work) {
  const path = join(folder, file);
  const original = readFileSync(path, "utf8");
  const end = start + before.length;
  writeFileSync(path, original.slice(0, start) + after + original.slice(end));
  try {
    return await work();
  } finally {
    writeFileSync(path, original);
  }
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
