// Packets of other parsers' decoders, which need not be strict: what a client may have made of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Packet } from "../../../glue/codec/codec.ts";
import { ackArguments, checkPacket, eventArguments } from "../../../glue/codec/external.ts";

const EVENT = { type: 2, nsp: "/", data: ["a"] };

/** Members of a packet that are none, and what is said of it. */
const WRONG: [string, Record<string, unknown>[]][] = [
  ["illegal ack id", [-1, 1.5, 2 ** 53, Number.NaN, "1", null, [1]].map((id) => ({ id }))],
  ["unknown packet type", [-1, 7, "2", undefined, null].map((type) => ({ type }))],
  ["invalid namespace", [undefined, null, 1, ["/"]].map((nsp) => ({ nsp }))],
];

for (const [message, members] of WRONG) {
  test(`a packet is refused: ${message}`, () => {
    for (const member of members) {
      const packet = { ...EVENT, ...member } as unknown as Packet;
      assert.throws(() => checkPacket(packet), new RegExp(message), JSON.stringify(member));
    }
  });
}

test("packets of all types, with any id that a client can count to, are let pass", () => {
  for (let type = 0; type <= 6; type++) assert.ok(checkPacket({ ...EVENT, type } as Packet));
  for (const id of [undefined, 0, 1, Number.MAX_SAFE_INTEGER]) {
    assert.ok(checkPacket({ ...EVENT, id } as Packet));
  }
});

test("an event has a name, an acknowledgement a list", () => {
  const event = (data: unknown) => eventArguments({ ...EVENT, data } as Packet);
  const ack = (data: unknown) => ackArguments({ ...EVENT, data } as Packet);
  for (const wrong of ["a", { 0: "a" }, [], [{}], ["connect"], null]) {
    assert.equal(event(wrong), undefined, JSON.stringify(wrong));
  }
  for (const wrong of ["a", { 0: "a" }]) assert.equal(ack(wrong), undefined);
  assert.deepEqual([event(["a", 1]), ack([1]), ack([])], [["a", 1], [1], []]);
  for (const none of [undefined, null]) assert.deepEqual(ack(none), []);
  assert.deepEqual(event(undefined), []);
});
