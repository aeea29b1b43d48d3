/** Tests of a value's kind, and comparing and setting an object's fields. */

/** Whether a value is an object, but no array and not `null`. */
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

/** Whether two objects have the same fields with identical values. Called often, so it makes no lists of the names. */
export function hasSameFields(a: object, b: object): boolean {
  let count = 0;
  for (const name in b) {
    if (a[name as never] !== b[name as never]) return false;
    count += 1;
  }
  for (const _name in a) count -= 1;
  return count === 0;
}

/** Sets an own field of any name. An assignment to `__proto__` would call the prototype's setter. */
export function setField(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") target[key] = value;
  else {
    const rest = { writable: true, enumerable: true, configurable: true };
    Object.defineProperty(target, key, { value, ...rest });
  }
}
