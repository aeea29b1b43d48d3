// Ids of sockets: nobody can guess them, and they say whose they are.
import assert from "node:assert/strict";
import { randomFillSync } from "node:crypto";
import { test } from "node:test";
import {
  headOf,
  IdentifierSource,
  isSocketId,
  socketIdOf,
} from "../../../glue/engine/identifiers.ts";

const source = new IdentifierSource((target) => void randomFillSync(target));

test("an id of a socket is one like any, which its connection is found by", () => {
  const seen = new Set<string>();
  for (let count = 0; count < 1_000; count++) {
    const connection = source.next();
    const id = socketIdOf(connection, source.next());
    seen.add(id);
    assert.match(id, /^[\w-]{20}$/);
    assert.equal(headOf(id), headOf(connection));
    assert.ok(isSocketId(id));
    // No more than that is known of the connection, whose id is its secret.
    assert.notEqual(
      id.slice(4, 8) + id.slice(8, 12),
      connection.slice(4, 8) + connection.slice(8, 12),
    );
  }
  assert.equal(seen.size, 1_000);
});

test("names that look like ids are told from them", () => {
  const id = socketIdOf(source.next(), source.next());
  const changed = `${id.slice(0, 9)}${id[9] === "a" ? "b" : "a"}${id.slice(10)}`;
  for (const name of ["", "room", id.slice(1), `${id}a`, `/chat#${id}`, changed]) {
    assert.equal(isSocketId(name), false, name);
  }
  const others = Array.from({ length: 10_000 }, () => source.next());
  assert.ok(others.filter(isSocketId).length < 5);
});
