/** The expectations of a client half: `node:assert/strict`, counted. */
import assert from "node:assert/strict";

/** The assertions a scenario may use. */
export interface Expect {
  equal(actual: unknown, expected: unknown, message?: string): void;
  notEqual(actual: unknown, expected: unknown, message?: string): void;
  deepEqual(actual: unknown, expected: unknown, message?: string): void;
  ok(value: unknown, message?: string): void;
  match(value: string, pattern: RegExp, message?: string): void;
  throws(action: () => unknown, pattern: RegExp): void;
  rejects(promise: Promise<unknown>, pattern: RegExp): Promise<void>;
}

/** Makes assertions that count how often they were used. */
export function countedExpect(): { expect: Expect; used(): number } {
  let used = 0;
  const count = <A extends unknown[], R>(assertion: (...args: A) => R) => {
    return (...args: A): R => {
      used++;
      return assertion(...args);
    };
  };
  const expect: Expect = {
    equal: count((actual, expected, message) => assert.equal(actual, expected, message)),
    notEqual: count((actual, expected, message) => assert.notEqual(actual, expected, message)),
    deepEqual: count((actual, expected, message) => assert.deepEqual(actual, expected, message)),
    ok: count((value, message) => assert.ok(value, message)),
    match: count((value, pattern, message) => assert.match(value, pattern, message)),
    throws: count((action, pattern) => assert.throws(action, pattern)),
    rejects: count((promise, pattern) => assert.rejects(promise, pattern)),
  };
  return { expect, used: () => used };
}
