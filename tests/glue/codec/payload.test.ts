// JSON payloads: what is valid, attachments in and out. npm's parser is asked where it has an opinion.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Decoder, Encoder, PacketType } from "socket.io-parser";
import { jsonCodec } from "../../../glue/codec/json.ts";
import {
  fillPlaceholders,
  hasBinary,
  parseAckPayload,
  parseConnectPayload,
  parseEventPayload,
  toListenerBytes,
} from "../../../glue/codec/payload.ts";

const RESERVED = [
  "connect",
  "connect_error",
  "disconnect",
  "disconnecting",
  "newListener",
  "removeListener",
];

function upstreamAccepts(packet: string): boolean {
  let isAccepted = false;
  const decoder = new Decoder();
  decoder.on("decoded", () => {
    isAccepted = true;
  });
  try {
    decoder.add(packet);
  } catch {
    return false;
  }
  return isAccepted;
}

const PAYLOADS = [
  '["a"]',
  '["a",1,null,{"b":[]}]',
  "[1]",
  '[""]',
  "[]",
  "[null]",
  "[true]",
  "[[]]",
  "[{}]",
  "{}",
  '{"a":1}',
  "-1",
  '"a"',
  "null",
  "true",
  "[",
  '["a"',
  '["a"]x',
  "x",
  ' ["a"] ',
  ...RESERVED.map((name) => JSON.stringify([name])),
  ...RESERVED.map((name) => JSON.stringify([`${name}s`])),
];

for (const json of PAYLOADS) {
  test(`payload ${json}: as upstream`, () => {
    assert.equal(parseEventPayload(json) !== undefined, upstreamAccepts(`2${json}`), "EVENT");
    assert.equal(parseAckPayload(json) !== undefined, upstreamAccepts(`31${json}`), "ACK");
    assert.equal(parseConnectPayload(json) !== undefined, upstreamAccepts(`0${json}`), "CONNECT");
  });
}

test("a payload that is nested as deep as a message can hold is read", () => {
  const depth = 400_000;
  const json = `["a",${"[".repeat(depth)}${"]".repeat(depth)}]`;
  assert.equal(parseEventPayload(json)?.length, 2);
});

test("placeholders are filled wherever they are, in any order, and more than once", () => {
  const [first, second] = [new Uint8Array([1]), new Uint8Array([2])];
  const payload = [
    "a",
    { _placeholder: true, num: 1 },
    { deep: [{ _placeholder: true, num: 0 }, { x: { _placeholder: true, num: 1 } }] },
  ];
  assert.deepEqual(fillPlaceholders(payload, [first, second]), [
    "a",
    second,
    { deep: [first, { x: second }] },
  ]);
});

for (const num of [-1, 1, 0.5, "0", "length", null, undefined, true, {}]) {
  test(`a placeholder with num ${JSON.stringify(num)} is refused when there is one attachment`, () => {
    const payload = ["a", { _placeholder: true, num }];
    assert.equal(fillPlaceholders(payload, [new Uint8Array(1)]), undefined);
  });
}

test("only true marks a placeholder", () => {
  const payload = ["a", { _placeholder: 1, num: 0 }, { _placeholder: "true", num: 0 }];
  assert.deepEqual(fillPlaceholders(structuredClone(payload), [new Uint8Array(1)]), payload);
});

test("placeholders are found at a depth that would overflow the stack", () => {
  const depth = 200_000;
  const opening = '{"a":'.repeat(depth);
  const json = `["e",${opening}{"_placeholder":true,"num":0}${"}".repeat(depth)}]`;
  const filled = fillPlaceholders(parseEventPayload(json) ?? [], [new Uint8Array([7])]);
  let value: unknown = filled?.[1];
  for (let i = 0; i < depth; i++) value = (value as { a: unknown }).a;
  assert.deepEqual(value, new Uint8Array([7]));
});

test("a key __proto__ stays a key", () => {
  const payload = parseEventPayload('["e",{"__proto__":{"_placeholder":true,"num":0}}]') ?? [];
  const [, value] = fillPlaceholders(payload, [new Uint8Array([1])]) ?? [];
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
  assert.ok(Object.hasOwn(value as object, "__proto__"));
});

test("listeners get what satisfies Buffer.isBuffer, without a copy", () => {
  const buffer = new Uint8Array([1, 2, 3]).buffer;
  const fromBuffer = toListenerBytes(buffer);
  assert.ok(Buffer.isBuffer(fromBuffer));
  assert.equal(fromBuffer.buffer, buffer);
  const view = toListenerBytes(new Uint8Array(buffer, 1, 2));
  assert.ok(Buffer.isBuffer(view));
  assert.deepEqual([...view], [2, 3]);
  assert.equal(view.buffer, buffer);
});

class WithToJson {
  readonly #value: unknown;
  constructor(value: unknown) {
    this.#value = value;
  }
  toJSON(): unknown {
    return this.#value;
  }
}

class ItsOwnJson {
  b = Buffer.from("1");
  toJSON(): unknown {
    return this;
  }
}

const ENCODED: [string, unknown[]][] = [
  ["plain values", ["a", 1, "ü\u2028", null, true, { b: [1.5] }]],
  ["undefined, functions and symbols", ["a", undefined, () => 1, Symbol("s"), { u: undefined }]],
  ["a date", ["a", new Date(0)]],
  ["toJSON", ["a", new WithToJson({ b: 1 })]],
  ["toJSON that gives itself", ["a", new WithToJson(new WithToJson(1))]],
  ["a map and a set", ["a", new Map([[1, 2]]), new Set([1])]],
  ["a buffer", ["a", Buffer.from("b")]],
  ["an array buffer", ["a", new Uint8Array([1, 2]).buffer]],
  ["views", ["a", new Uint16Array([1]), new DataView(new ArrayBuffer(2)), new Float64Array([1])]],
  ["a view of a part", ["a", new Uint8Array([1, 2, 3]).subarray(1, 2)]],
  ["nested binary", ["a", { b: [Buffer.from("1"), { c: Buffer.from("2") }] }, Buffer.from("3")]],
  ["binary out of toJSON", ["a", new WithToJson({ b: Buffer.from("1") })]],
  ["binary in what is its own toJSON", ["a", new ItsOwnJson(), { c: new ItsOwnJson() }]],
  ["a date beside binary", ["a", new Date(0), Buffer.from("1")]],
  ["an empty buffer", ["a", Buffer.alloc(0)]],
];

function bytesOf(frame: unknown): unknown {
  if (typeof frame === "string") return frame;
  if (frame instanceof ArrayBuffer) return [...new Uint8Array(frame)];
  const { buffer, byteOffset, byteLength } = frame as ArrayBufferView;
  return [...new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)];
}

for (const [what, data] of ENCODED) {
  for (const [nsp, id] of [
    ["/", undefined],
    ["/chat", undefined],
    ["/", 0],
    ["/chat", 12],
  ] as const) {
    test(`encoding ${what} for ${nsp} with id ${id}: as upstream`, () => {
      for (const type of [PacketType.EVENT, PacketType.ACK]) {
        const packet = { type, nsp, data, ...(id === undefined ? {} : { id }) };
        const [text, ...attachments] = new Encoder().encode(packet);
        const frames = jsonCodec.encode(type, nsp, id, data);
        assert.deepEqual(frames.map(bytesOf), [`4${text}`, ...attachments.map(bytesOf)]);
      }
    });
  }
}

test("what was emitted is left as it was", () => {
  const data = ["a", { b: Buffer.from("1") }];
  jsonCodec.encode(PacketType.EVENT, "/", undefined, data);
  assert.deepEqual(data, ["a", { b: Buffer.from("1") }]);
});

test("a cyclic value throws to whoever emits it", () => {
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  assert.throws(
    () => jsonCodec.encode(PacketType.EVENT, "/", undefined, ["a", cyclic]),
    RangeError,
  );
  const ring: unknown[] = [];
  ring.push(ring);
  assert.throws(() => hasBinary(ring), RangeError);
});

test("a value that is too deep throws to whoever emits it", () => {
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  assert.throws(() => jsonCodec.encode(PacketType.EVENT, "/", undefined, ["a", deep]), RangeError);
});

test("a BigInt throws to whoever emits it", () => {
  assert.throws(() => jsonCodec.encode(PacketType.EVENT, "/", undefined, ["a", 1n]), TypeError);
});
