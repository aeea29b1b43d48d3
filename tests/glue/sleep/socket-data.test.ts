/** `socket.data` on servers that sleep. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type DataOwner, putBack, SocketDataSlot } from "../../../glue/sleep/socket-data.ts";

class Owner implements DataOwner {
  readonly _isDataKept = true;
  readonly log: string[] = [];

  _onDataChange(): void {
    this.log.push("change");
  }

  _onDataHandedOut(): void {
    this.log.push("handed out");
  }

  _describe(): string {
    return "socket x in /";
  }
}

type Data = Record<string, unknown>;

test("putBack: the kept content in the objects that others hold", () => {
  const nested = { added: 1, same: 2 };
  const list = [{ a: 1 }, 2, 3];
  const current = { nested, list, gone: 1 };
  const [first] = list;
  const result = putBack(current, { nested: { same: 1 }, list: [{ b: 1 }], kept: new Date(0) });
  assert.equal(result, current);
  assert.deepEqual(current, { nested: { same: 1 }, list: [{ b: 1 }], kept: new Date(0) });
  assert.equal(current.nested, nested);
  assert.equal(current.list, list);
  assert.equal(list[0], first);
});

test("putBack: what is of another kind is replaced; setters are not run", () => {
  assert.deepEqual(putBack({ a: [1], b: {} }, { a: { x: 1 }, b: 1 }), { a: { x: 1 }, b: 1 });
  assert.equal(putBack({ a: 1 }, undefined), undefined);
  const kept = JSON.parse('{"__proto__":{"polluted":true}}') as Data;
  const result = putBack({}, kept) as Data;
  assert.equal(Object.getPrototypeOf(result), Object.prototype);
  assert.equal(result.polluted, undefined);
});

test("plain values are read for nothing; objects may change from then on", () => {
  const owner = new Owner();
  const data = new SocketDataSlot(owner, { name: "alice", user: {} }).view as Data;
  assert.equal(data.name, "alice");
  data.name = "alice";
  assert.deepEqual(owner.log, []);
  data.name = "bob";
  data.user;
  delete data.name;
  assert.deepEqual(owner.log, ["change", "handed out", "change"]);
});

test("what cannot be cloned is refused in every way of assigning it", () => {
  const slot = new SocketDataSlot(new Owner(), {});
  const data = slot.view as Data;
  const refused = /socket\.data\.key of socket x in \/ cannot be kept/;
  const values = [() => {}, { deep: [() => {}] }, Promise.resolve(), new WeakMap()];
  for (const value of values) {
    assert.throws(() => (data.key = value), refused);
    assert.throws(() => Object.defineProperty(data, "key", { value }), refused);
    assert.throws(() => Object.assign(data, { key: value }), refused);
    assert.throws(() => (slot.view = { key: value }), refused);
  }
  assert.throws(() => (slot.view = () => {}), /socket\.data of socket x/);
  assert.deepEqual(slot.raw, {});
});

test("the data of another socket is kept as itself, not as its proxy", () => {
  const other = new SocketDataSlot(new Owner(), { name: "bob" });
  const slot = new SocketDataSlot(new Owner(), {});
  (slot.view as Data).peer = other.view;
  slot.view = { ...(slot.view as Data), again: other.view };
  assert.deepEqual(structuredClone(slot.raw), { peer: { name: "bob" }, again: { name: "bob" } });
});

test("a scratch slot: writes have no effect, but its objects stay", () => {
  const slot = new SocketDataSlot(new Owner(), { count: 1, user: { name: "alice" } });
  const scratch = slot.scratch();
  const data = scratch.view as { count: number; user: { name: string }; more?: number };
  const { user } = data;
  data.count = 2;
  data.more = 3;
  user.name = "mallory";
  assert.deepEqual(slot.raw, { count: 1, user: { name: "alice" } });
  slot.adopt(scratch);
  assert.deepEqual(slot.raw, { count: 1, user: { name: "alice" } });
  user.name = "bob";
  data.count += 1;
  assert.deepEqual(slot.raw, { count: 2, user: { name: "bob" } });
  assert.equal(slot.view, data);
});
