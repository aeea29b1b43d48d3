// Checks of handshakes that no HTTP parser of today lets a request fail.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hasInvalidCharacter } from "../../../../durable-objects/shared/handshake/handshake-checks.ts";

test("an origin that could not be sent back in a header is found; what headers may hold is not", () => {
  for (const valid of [undefined, "", "http://a.example", "a\tb", "\x20\x7e", "\x80\xff"]) {
    assert.equal(hasInvalidCharacter(valid), false, JSON.stringify(valid));
  }
  for (const invalid of ["a\nb", "a\rb", "\0", "\x1f", "\x7f", "\u0100", "🙂"]) {
    assert.equal(hasInvalidCharacter(invalid), true, JSON.stringify(invalid));
  }
  assert.equal(hasInvalidCharacter(["http://a.example", "\x7f"]), true);
});
