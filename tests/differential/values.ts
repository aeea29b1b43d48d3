/** Random values as an application may emit them: also what JSON knows in another form, or not at all. */
import { randomValue } from "./packets.ts";
import type { Random } from "./random.ts";

class Point {
  readonly x = 1;
  get y(): number {
    return 2;
  }
}

const MAKERS: ((random: Random, depth: number) => unknown)[] = [
  () => undefined,
  () => Number.NaN,
  () => Number.NEGATIVE_INFINITY,
  () => new Date(1e12),
  () => new Date(Number.NaN),
  () => new Map([[1, 2]]),
  () => new Set([1]),
  () => /x/g,
  () => new Error("e"),
  () => new Point(),
  () => Object.create({ inherited: 1 }, { own: { value: 2, enumerable: true } }),
  () => Object.create(null),
  () => Object("boxed"),
  () => Object(7),
  () => Symbol("s"),
  () => () => 1,
  // biome-ignore lint/suspicious/noSparseArray: an application may have one
  () => [1, , 3],
  () => Buffer.from("buffer"),
  () => new Uint8Array(0),
  () => Uint8Array.of(1, 2, 3).subarray(1),
  () => Uint16Array.of(1, 65535),
  () => Float64Array.of(0.5),
  () => new DataView(Uint8Array.of(1, 2, 3, 4).buffer, 1, 2),
  () => Uint8Array.of(9, 8).buffer,
  (random, depth) => {
    const value = emitted(random, depth - 1);
    return { toJSON: () => value };
  },
  () => ({ toJSON: () => ({ toJSON: () => "never", bytes: Uint8Array.of(1) }) }),
  () => ({ toJSON: "no function", bytes: Uint8Array.of(1) }),
  () => ({ toJSON: () => Buffer.of(1) }),
  (random, depth) => random.list(3, () => emitted(random, depth - 1)),
  (random, depth) => ({ a: emitted(random, depth - 1), b: emitted(random, depth - 1) }),
];

/** One value. */
export function emitted(random: Random, depth = 3): unknown {
  if (depth === 0 || random.chance(0.3)) return randomValue(random, random.chance(0.3), 1);
  return random.pick(MAKERS)(random, depth);
}
