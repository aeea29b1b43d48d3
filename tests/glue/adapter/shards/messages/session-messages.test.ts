// What shards say to each other of sessions that move is checked, and packets get another journal's offsets.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as parser from "socket.io-msgpack-parser";
import {
  checkFound,
  checkTaken,
  isMovingPart,
  MAX_MOVED_BYTES,
} from "../../../../../glue/adapter/shards/messages/session-messages.ts";
import { withOffset } from "../../../../../glue/adapter/shards/sessions/frames-with-offset.ts";
import { externalCodec } from "../../../../../glue/codec/external.ts";
import { jsonCodec } from "../../../../../glue/codec/json.ts";
import * as PacketType from "../../../../../glue/core/abi/packet-type.gen.ts";

const pid = "a".repeat(20);

test("parts", () => {
  const rooms = ["x"];
  const good = [
    { kind: "findSession", namespace: "/", pid },
    { kind: "takeSession", namespace: "/", pid, offset: undefined, rooms },
    { kind: "takeSession", namespace: "/", pid, offset: "abc1", rooms },
    { kind: "sessionMoved", pid, times: 2 },
    { kind: "sessionEnded", namespace: "/", pid, sid: undefined, times: 0 },
  ];
  for (const part of good) assert.equal(isMovingPart(part), true, JSON.stringify(part));
  const bad = [
    { kind: "findSession", namespace: "x", pid },
    { kind: "findSession", namespace: "/", pid: "../../.." },
    { kind: "findSession", namespace: "/", pid: "a".repeat(101) },
    { kind: "findSession", namespace: "/" },
    { kind: "takeSession", namespace: "/", pid, offset: 1, rooms },
    { kind: "takeSession", namespace: "/", pid, offset: "a".repeat(101), rooms },
    { kind: "takeSession", namespace: "/", pid, offset: "a", rooms: [{}] },
    { kind: "takeSession", namespace: "/", pid, offset: "a", rooms: Array(10_001).fill("x") },
    { kind: "sessionMoved", pid, times: -1 },
    { kind: "sessionMoved", pid, times: 0.5 },
    { kind: "sessionEnded", namespace: "/", pid, sid: 1, times: 0 },
    { kind: "toString", namespace: "/", pid },
  ];
  for (const part of bad)
    assert.equal(isMovingPart(part), false, JSON.stringify(part).slice(0, 99));
});

test("answers", () => {
  assert.deepEqual(checkFound({ is: "here", rooms: ["x"], more: 1 }), { is: "here", rooms: ["x"] });
  assert.deepEqual(checkFound({ is: "moved", to: 2, times: 1 }), { is: "moved", to: 2, times: 1 });
  for (const wrong of [
    undefined,
    "here",
    { is: "here", rooms: "x" },
    { is: "moved", to: 4096, times: 1 },
    { is: "moved", to: 1 },
  ]) {
    assert.deepEqual(checkFound(wrong), { is: "unknown" });
  }
  const session = { sid: "a", rooms: [], data: {}, times: 0, packets: [] };
  assert.deepEqual(checkTaken({ is: "taken", session }), { is: "taken", session });
  assert.deepEqual(checkTaken({ is: "changed" }), { is: "changed" });
  for (const wrong of [
    null,
    {},
    { is: "taken" },
    { is: "taken", session: { ...session, sid: 1 } },
  ]) {
    assert.deepEqual(checkTaken(wrong), { is: "unknown" });
  }
});

test("a session with packets that are none, or too many, comes without them: it is not whole", () => {
  const packet = { frames: ["42[]"], offset: "abc1", message: "m" };
  const taken = (packets: unknown) => {
    const session = { sid: "a", rooms: [], data: {}, times: 0, packets };
    const answer = checkTaken({ is: "taken", session });
    return answer.is === "taken" ? answer.session.packets : null;
  };
  assert.deepEqual(taken([packet]), [packet]);
  for (const wrong of [
    "x",
    [{ ...packet, frames: [1] }],
    [{ ...packet, frames: ["a".repeat(MAX_MOVED_BYTES)] }],
    [{ ...packet, offset: undefined }],
    [{ ...packet, message: "m".repeat(100) }],
    Array(10_001).fill(packet),
  ]) {
    assert.equal(taken(wrong), undefined);
  }
});

for (const [name, codec] of [
  ["JSON", jsonCodec],
  ["another parser", externalCodec(parser)],
] as const) {
  test(`the offset of a packet is replaced, in ${name}`, () => {
    const encode = (...data: unknown[]) => codec.encode(PacketType.event, "/x", undefined, data);
    const bytes = new Uint8Array([1, 2]);
    for (const data of [["a"], ["a", 'abc1"]'], ["a", { b: bytes }], ["a", "abc1"]]) {
      const renewed = withOffset(codec, "/x", encode(...data, "abc1"), "abc1", "new22");
      assert.deepEqual(renewed, encode(...data, "new22"));
    }
    // Ends with something else.
    assert.equal(withOffset(codec, "/x", encode("a", "abc1", 1), "abc1", "new22"), undefined);
    assert.equal(withOffset(codec, "/x", encode("a", "xabc1"), "abc1", "new22"), undefined);
  });
}
