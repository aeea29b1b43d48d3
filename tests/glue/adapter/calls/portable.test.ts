// Values on their way to another server: clients there see what they would have seen here.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isTooDeep, portable } from "../../../../glue/adapter/calls/portable.ts";
import { decodeJson, encodeJson } from "../../../../layers/emitter/wire/json.ts";

class Point {
  readonly #secret = 1;
  x = 1;
  get sum(): number {
    return this.x + this.#secret;
  }
}

class Told {
  toJSON(): unknown {
    return { told: [new Date(0), undefined] };
  }
}

/** As those of document databases are. */
class TellingMap extends Map<string, unknown> {
  toJSON(): unknown {
    return Object.fromEntries(this);
  }
}

class TellingList extends Array<number> {
  toJSON(): unknown {
    return [...this].reverse();
  }
}

class RequestError extends Error {
  toJSON(): unknown {
    return { message: this.message, status: 404 };
  }
}

const VALUES: Record<string, unknown> = {
  "plain values": [1, "é\ud800", true, null, undefined, Number.NaN, -0],
  "boxed ones": [Object(1), Object("a"), Object(false)],
  "times, and what is none": [new Date(5), new Date(Number.NaN)],
  "maps and sets": [new Map([[1, new Point()]]), new Set([() => 1])],
  "a map that tells": new TellingMap([["a", new Told()]]),
  "a list that tells": TellingList.of(1, 2, 3),
  "instances of classes": [new Point(), new Told(), { nested: [new Told()] }],
  errors: [new Error("x"), Object.assign(new Error("y"), { code: "E" }), new RequestError("z")],
  "what JSON leaves out": [{ f() {}, s: Symbol("s"), u: undefined, n: 1 }, [() => 1, Symbol("t")]],
  "odd keys": [JSON.parse('{"__proto__":{"a":1}}'), Object.assign(Object.create(null), { b: 2 })],
  "an address": new URL("http://a.example/"),
};

for (const [what, value] of Object.entries(VALUES)) {
  test(`${what} arrive as JSON shows them`, () => {
    const expected = JSON.stringify(value);
    const carried = portable(value);
    assert.equal(JSON.stringify(structuredClone(carried)), expected, "between objects");
    const sent = JSON.stringify(encodeJson(carried));
    assert.equal(JSON.stringify(decodeJson(JSON.parse(sent))), expected, "by a request");
  });
}

test("servers get errors, times and maps as such where nothing is lost by it", () => {
  const error = new TypeError("x");
  const carried = structuredClone(portable([error, new Date(5), new Map([["a", new Set([1])]])]));
  assert.deepEqual(carried, [error, new Date(5), new Map([["a", new Set([1])]])]);
});

test("what is nested deeper than a thousand levels, or contains itself, is told from what can travel", () => {
  const nest = (levels: number, around: (value: unknown) => unknown): unknown => {
    let value: unknown = new Uint8Array(9);
    for (let level = 0; level < levels; level++) value = around(value);
    return value;
  };
  const wraps: ((value: unknown) => unknown)[] = [
    (value) => [1, value],
    (value) => ({ key: value }),
    (value) => new Set([value]),
    (value) => new Map([["key", value]]),
  ];
  for (const wrap of wraps) {
    assert.equal(isTooDeep(nest(1_000, wrap)), false, String(wrap));
    assert.equal(isTooDeep(nest(1_001, wrap)), true, String(wrap));
    structuredClone(portable(nest(1_000, wrap)));
  }
  const ring: unknown[] = [];
  ring.push(ring, ring);
  assert.equal(isTooDeep(ring), true);
});
