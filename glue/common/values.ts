/** What kind a value is of, and what an object has for fields. */

/** Whether a value is an object with names of its own: no array, no `null`. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value is a promise, or can be waited for like one. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === "function";
}

/** Whether two lists hold the same texts in the same order. */
export function areSameTexts(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}

/** Whether two objects have the same fields with the very same values. Without lists of the names: it is asked often. */
export function hasSameFields(a: object, b: object): boolean {
  let count = 0;
  for (const name in b) {
    if (a[name as never] !== b[name as never]) return false;
    count += 1;
  }
  for (const _name in a) count -= 1;
  return count === 0;
}

/** A setter of a prototype (`__proto__`) must not be what takes the value: it is a name like any other. */
export function setField(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") target[key] = value;
  else {
    const rest = { writable: true, enumerable: true, configurable: true };
    Object.defineProperty(target, key, { value, ...rest });
  }
}
