// Shows the packet vectors to upstream's parsers. They have to agree with the core, except where the
// core is deliberately stricter (wasm/src/socket_packet.h, wasm/src/engine_packet.h).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { decodePacket as decodeProtocol4 } from "engine.io-parser";
import { Decoder, PacketType } from "socket.io-parser";

interface Vector {
  message: string;
  /** The lines below it: a name, then fields. */
  lines: string[];
}

interface Frame {
  type?: string;
  data?: unknown;
}

interface Packet {
  type: PacketType;
  attachments?: number;
  nsp: string;
  id?: number;
  data?: unknown;
}

const FAULTS: Record<string, RegExp> = {
  unknown_engine_packet: /^$/,
  unknown_packet_type: /^(unknown packet type|Cannot read properties of undefined)/,
  illegal_attachments: /^Illegal attachments$/,
  too_many_attachments: /^too many attachments$/,
};

/** What upstream makes of messages that the core refuses, or reads in another way. */
const DIFFERENCES_4: Record<string, string> = {
  '4599999999999999999-["x"]': "! too many attachments",
  '4 ["x"]': "! invalid payload",
  '42 ["x"]': "event / id 0",
  '429007199254740992["x"]': "event / id 9007199254740992",
  '4212345678901234567["x"]': "event / id 12345678901234568",
  '42/chat,12345678901234567["x"]': "event /chat id 12345678901234568",
  '45 1-["x"]': "binary_event / attachments 1",
  '451 -["x"]': "binary_event / attachments 1",
  '45+1-["x"]': "binary_event / attachments 1",
  '451.0-["x"]': "binary_event / attachments 1",
  '451e0-["x"]': "binary_event / attachments 1",
  '450x1-["x"]': "binary_event / attachments 1",
  '4500000000000000001-["x"]': "binary_event / attachments 1",
};

const DIFFERENCES_3: Record<string, string> = {
  b: "ignored",
  b7AAEC: "ignored",
  bAAEC: "ignored",
  bä: "ignored",
  "40/чат?a=1,": "connect /%D1%87%D0%B0%D1%82",
};

const require = createRequire(import.meta.url);
const engine = dirname(require.resolve("engine.io"));
const { decodePacket: decodeProtocol3 } = require(join(engine, "parser-v3/index.js")) as {
  decodePacket(message: string): Frame;
};

function readVectors(file: string): Vector[] {
  const vectors: Vector[] = [];
  for (const line of readFileSync(join(import.meta.dirname, "vectors", file), "utf8").split("\n")) {
    if (line.startsWith(">")) vectors.push({ message: line.slice(2), lines: [] });
    if (line.startsWith("  ")) vectors.at(-1)?.lines.push(line.slice(2));
  }
  return vectors;
}

function decodeHead(data: unknown): Packet | string {
  const decoder = new Decoder() as unknown as {
    add(data: unknown): void;
    decodeString(text: string): Packet;
  };
  try {
    if (typeof data === "string") return decoder.decodeString(data);
    decoder.add(data);
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

/** One line for a packet, without its payload. */
function describe(packet: Packet | string, namespace: (name: string) => string): string {
  if (typeof packet === "string") return `! ${packet}`;
  return [
    PacketType[packet.type]?.toLowerCase(),
    namespace(packet.nsp),
    ...(packet.attachments === undefined ? [] : ["attachments", packet.attachments]),
    ...(packet.id === undefined ? [] : ["id", packet.id]),
  ].join(" ");
}

function check(vector: Vector, frame: Frame, namespace: (name: string) => string): void {
  const { message, lines } = vector;
  const first = lines[0] ?? "";
  const fields = new Map(lines.slice(1).map((line) => splitAtBlank(line)));
  if (frame.type !== "message") {
    assert.equal(
      first,
      frame.type === "error" ? "! unknown_engine_packet" : `engine ${frame.type}`,
    );
    return;
  }
  if (Buffer.isBuffer(frame.data)) {
    assert.match(first, /^base64/, message);
    return;
  }
  const packet = decodeHead(frame.data);
  if (first.startsWith("! ")) {
    assert.equal(typeof packet, "string", `upstream accepts ${message}`);
    assert.match(packet as string, FAULTS[first.slice(2)] as RegExp, message);
    return;
  }
  if (packet === "invalid payload") {
    assert.ok(fields.has("payload"), `the core sees no payload in ${message}`);
    return;
  }
  assert.notEqual(typeof packet, "string", `upstream refuses ${message}: ${packet}`);
  const expected = ["attachments", "id"]
    .filter((name) => fields.has(name))
    .map((name) => ` ${name} ${fields.get(name)}`);
  assert.equal(
    describe(packet, namespace),
    `${first} ${fields.get("namespace")}${expected.join("")}`,
    message,
  );
  const payload = fields.get("payload");
  assert.deepEqual(
    (packet as Packet).data,
    payload === undefined ? undefined : JSON.parse(payload),
    message,
  );
}

function splitAtBlank(line: string): [string, string] {
  const blank = line.indexOf(" ");
  return blank < 0 ? [line, ""] : [line.slice(0, blank), line.slice(blank + 1)];
}

test("protocol 4: the vectors are what upstream's parsers say", () => {
  const vectors = readVectors("packets.txt");
  assert.ok(vectors.length > 90);
  const differences = new Set(Object.keys(DIFFERENCES_4));
  for (const vector of vectors) {
    const frame = decodeProtocol4(vector.message) as Frame;
    if (!differences.delete(vector.message)) check(vector, frame, (name) => name);
    else {
      const upstream = describe(decodeHead(frame.data), (name) => name);
      assert.equal(upstream, DIFFERENCES_4[vector.message], vector.message);
    }
  }
  assert.deepEqual([...differences], []);
});

test("protocol 3: the vectors are what upstream's parsers say", () => {
  const vectors = readVectors("packets-protocol-3.txt");
  assert.ok(vectors.length > 20);
  const pathname = (name: string): string => new URL(name, "https://socket.io").pathname;
  const differences = new Set(Object.keys(DIFFERENCES_3));
  for (const vector of vectors) {
    const frame = decodeProtocol3(vector.message);
    if (!differences.delete(vector.message)) check(vector, frame, pathname);
    else {
      const upstream =
        frame.type === undefined ? "ignored" : describe(decodeHead(frame.data), pathname);
      assert.equal(upstream, DIFFERENCES_3[vector.message], vector.message);
    }
  }
  assert.deepEqual([...differences], []);
});
