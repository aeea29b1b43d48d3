// What `npm run mutate -- --glue` breaks, and what it leaves alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { mutantsIn } from "../../scripts/support/mutation/glue-mutants.mjs";

/** Some code, and what is made of it. */
const BROKEN: Record<string, string[]> = {
  "const a = b < c;": ["const a = b <= c;"],
  "if (a === b) c = 0;": ["if (a !== b) c = 0;", "if (a === b) ;", "if (a === b) c = 1;"],
  "if (a) b();": ["if (!(a)) b();", "if (a) ;"],
  "if (!a) await b();": ["if (a) await b();", "if (!a) ;"],
  "const a = b ? true : 60;": [
    "const a = !(b) ? true : 60;",
    "const a = b ? false : 60;",
    "const a = b ? true : (60 + 1);",
  ],
  "function a(): void { b(); c(); }": [
    "function a(): void {}",
    "function a(): void { ; c(); }",
    "function a(): void { b(); ; }",
  ],
  "type A = 1 | true; enum B { c = 1 }": [],
  'if (DIAGNOSTICS) this.debug?.("host", a < b);': [
    'if (!(DIAGNOSTICS)) this.debug?.("host", a < b);',
  ],
  'throw new Error("a" + 1);': [],
};

for (const [code, expected] of Object.entries(BROKEN)) {
  test(`mutants of ${code}`, () => {
    const mutants = mutantsIn("a.ts", code);
    const broken = mutants.map(({ start, before, after }) => {
      assert.equal(code.slice(start, start + before.length), before);
      return code.slice(0, start) + after + code.slice(start + before.length);
    });
    assert.deepEqual(broken.sort(), expected.sort());
  });
}
