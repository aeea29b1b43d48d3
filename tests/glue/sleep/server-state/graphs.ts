/** Random programs over values that have objects in common, and what their values are, down to which objects are the same. */
import type { Random } from "../../../soak/random.ts";

/** Where a value is. */
export interface Place {
  data: Record<string, unknown>;
  key: string;
}

/** More ways to objects than this, and something is taken out. */
const MAX_WAYS = 300;

/** The objects that a program finds in some places, in an order that is the same for graphs of the same form. */
export function objectsAt(places: readonly Place[]): object[] {
  const objects = new Set<object>();
  const add = (part: unknown): void => {
    if (typeof part === "object" && part !== null) objects.add(part);
  };
  for (const { data, key } of places) add(data[key]);
  for (const object of objects) partsOf(object).forEach(add);
  return [...objects];
}

/** What is in some places, and which of it is the same. */
export function describe(places: readonly Place[]): string {
  const numbers = new Map<object, number>();
  const describePart = (part: unknown): string => {
    if (typeof part !== "object" || part === null) return JSON.stringify(part) ?? "undefined";
    const number = numbers.get(part);
    if (number !== undefined) return `#${number}`;
    numbers.set(part, numbers.size);
    const kind = Buffer.isBuffer(part) ? "Buffer" : part.constructor.name;
    if (part instanceof Date) return `${kind}(${part.getTime()})`;
    if (part instanceof Uint8Array) return `${kind}(${[...part]})`;
    return `${kind}(${partsOf(part).map(describePart)})`;
  };
  return places.map(({ data, key }) => `${key}: ${describePart(data[key])}`).join("\n");
}

/** One step: it does the same to all graphs of the same form. */
export function act(places: readonly Place[], random: Random): void {
  const objects = objectsAt(places);
  const place = random.pick(places) as Place;
  if (waysTo(places) > MAX_WAYS || random.below(12) === 0) delete place.data[place.key];
  else if (objects.length === 0 || random.below(4) === 0)
    place.data[place.key] = pick(objects, random);
  else change(random.pick(objects) as object, pick(objects, random), random);
}

function pick(objects: readonly object[], random: Random): unknown {
  const old = objects.length === 0 ? undefined : (random.pick(objects) as object);
  switch (random.below(6)) {
    case 0:
      return random.below(3);
    case 1:
      // Of the same content.
      return old === undefined ? {} : structuredClone(old);
    case 2:
      return fresh(random);
    default:
      return old ?? fresh(random);
  }
}

function fresh(random: Random): object {
  const kinds = [
    () => ({}),
    () => [{}, {}],
    () => new Map<unknown, unknown>([["first", {}]]),
    () => new Set<unknown>(),
    () => new Date(random.below(3)),
    () => new Uint8Array(2),
    () => Buffer.from("ab"),
  ];
  return (random.pick(kinds) as () => object)();
}

function change(object: object, value: unknown, random: Random): void {
  const isLess = random.below(3) === 0;
  const key = `f${random.below(3)}`;
  if (object instanceof Date) object.setTime(random.below(3));
  else if (object instanceof Uint8Array) object[0] = random.below(3);
  else if (Array.isArray(object)) {
    if (isLess) object.shift();
    else if (random.below(2) === 0) object.push(value);
    else object[0] = value;
  } else if (object instanceof Map) {
    const name = random.below(2) === 0 ? key : value;
    if (isLess) object.delete([...object.keys()][0]);
    else object.set(name, value);
  } else if (object instanceof Set) {
    if (isLess) object.delete([...object][0]);
    else object.add(value);
  } else if (isLess) delete (object as Record<string, unknown>)[key];
  else (object as Record<string, unknown>)[key] = value;
}

function partsOf(object: object): unknown[] {
  if (Array.isArray(object)) return object;
  if (object instanceof Map) return [...object].flat(1);
  if (object instanceof Set) return [...object];
  if (object instanceof Date || object instanceof Uint8Array) return [];
  return Object.entries(object).flat(1);
}

/** How many ways lead to objects: what a look goes through. */
function waysTo(places: readonly Place[]): number {
  let ways = 0;
  const around = new Set<unknown>();
  const go = (part: unknown): void => {
    if (typeof part !== "object" || part === null || around.has(part) || ways > MAX_WAYS) return;
    ways += 1;
    around.add(part);
    partsOf(part).forEach(go);
    around.delete(part);
  };
  for (const { data, key } of places) go(data[key]);
  return ways;
}
