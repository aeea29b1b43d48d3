// Ids of sockets: nobody can guess them, and they say whose they are.
import assert from "node:assert/strict";
import { randomFillSync } from "node:crypto";
import { test } from "node:test";
import { IdRooms } from "../../../../glue/engine/commands/id-rooms.ts";
import {
  headOf,
  IdentifierSource,
  isSocketId,
  socketIdOf,
} from "../../../../glue/engine/commands/identifiers.ts";
import type { OwnStorage } from "../../../../glue/engine/host/host.ts";

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

test("whoever cannot tell whether rooms of ids are shared takes it that they are; a storage that fails disturbs nobody", () => {
  let isBroken = true;
  const values = new Map<string, unknown>();
  const guard = <Result>(run: () => Result): Result => {
    if (isBroken) throw new Error("the storage is on fire");
    return run();
  };
  const storage: OwnStorage = {
    maxValueBytes: 1_000,
    get: (key) => guard(() => values.get(key)),
    list: () => [],
    put: (key, value) => guard(() => void values.set(key, value)),
    delete: () => {},
    onLoss: () => {},
  };
  const reports: unknown[] = [];
  const make = () => new IdRooms(storage, (error) => reports.push(error));
  const rooms = make();
  assert.equal(rooms.areShared, true);
  isBroken = false;
  assert.equal(rooms.areShared, false);
  isBroken = true;
  rooms.share();
  assert.equal(reports.length, 1);
  assert.equal(rooms.areShared, true);
  isBroken = false;
  const unread = make();
  isBroken = true;
  unread.share();
  assert.equal(reports.length, 2);
  isBroken = false;
  make().share();
  make().share();
  assert.equal(make().areShared, true);
  assert.equal(values.size, 1);
});
