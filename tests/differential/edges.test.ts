// Packets at the edges of the protocols, each by name: upstream and Dormouse do the same with them, but for
// what `DIFFERENCES` lists. Random ones are in `differential.test.ts`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DIFFERENCES } from "./differences.ts";
import { Exchange } from "./exchange.ts";
import type { Frame } from "./packets.ts";

const BYTES = Uint8Array.of(4, 1, 2);
const placeholder = (num: number): string => `{"_placeholder":true,"num":${num}}`;
const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

/** The connection is in "/" and "/chat" before. */
const EDGES: Record<string, Frame[][]> = {
  "ids of events": [
    "0",
    "00",
    "007",
    "9007199254740991",
    "9007199254740992",
    "-1",
    "+1",
    "1.5",
  ].map((id) => [`42${id}["hello"]`, `42/chat,${id}["hello"]`]),
  "ids of acknowledgements": ["", "0", "00", "3", "4", "9007199254740991", "-1", "0x1"].map(
    (id) => [`43${id}["first"]`, `43${id}["again"]`],
  ),
  "payloads of events": [
    "",
    "[]",
    "{}",
    "null",
    "1",
    '"x"',
    "[null]",
    "[true]",
    "[1]",
    "[1.5]",
    "[{}]",
    "[[]]",
    '["x"',
    '["x"]]',
    '["x"] ',
    ' ["x"]',
    '["connect"]',
    '["connect_error"]',
    '["disconnect"]',
    '["disconnecting"]',
    '["newListener"]',
    '["removeListener"]',
    '["error","mine"]',
    '["__proto__"]',
    '["x",{"__proto__":{"polluted":1}}]',
    '["x",1e999,-0]',
    '["\\ud800"]',
    `["x",${nested(200)}]`,
  ].map((payload) => [`42${payload}`, '42["after"]']),
  "payloads of other packets": [
    "40/new,",
    "40/new,null",
    "40/new,1",
    '40/new,"x"',
    "40/new,[1]",
    '40/new,{"a":1}',
    "40/new,{",
    "41/chat,{}",
    "41/chat,",
    "41/chat",
    "41",
    "430",
    "430null",
    "430{}",
    '430"x"',
    "44",
    "44{}",
    '44/chat,{"message":"x"}',
    '44/new,"x"',
    "47",
    "4a",
    "4",
  ].map((frame) => [frame, '42["after"]']),
  "CONNECT twice": [
    ["40/new,", "40/new,"],
    ["40"],
    ["40/chat,"],
    ["40/new,", '42/new,["x"]', "41/new,", "40/new,", '42/new,["x"]'],
  ],
  "packets where the client is not": [
    ['42/new,["x"]'],
    ["43/new,0[]"],
    ["41/new,"],
    ["41/chat,", '42/chat,["x"]'],
    ["41/chat,", "41/chat,"],
    ["41/chat,", '42["still"]', "40/chat,", '42/chat,["back"]'],
    ["41", '42["x"]'],
    ["41", '42/chat,["still"]', "40", '42["back"]'],
  ],
  "names of namespaces": [
    "/",
    "/?a=1",
    "/new?a=1&b=2",
    "/a/b?x#y",
    "/__proto__",
    "/constructor",
    "//",
    "/ä",
  ].map((name) => [`40${name},`, `42${name},["x"]`, `40${name.split("?")[0]},`]),
  "names without their comma": [["40/new"], ["41/chat"], ['42/chat["x"]'], ["42/chat"]],
  "attachments that are too few or too many": [
    [`450-["x"]`],
    [`451-["x"]`, BYTES, '42["after"]'],
    [`451-["x",${placeholder(0)}]`, BYTES, BYTES],
    [`451-["x",${placeholder(0)}]`, '42["between"]'],
    [`451-["x",${placeholder(0)}]`, "2"],
    [`451-["x",${placeholder(0)}]`, "3", BYTES],
    [`451-["x",${placeholder(1)}]`, BYTES],
    [`451-["x",${placeholder(-1)}]`, BYTES],
    [`452-["x",${placeholder(0)},${placeholder(0)}]`, BYTES, BYTES],
    [`452-["x",${placeholder(1)},${placeholder(0)}]`, BYTES, BYTES],
    [`4510-["x",${placeholder(9)}]`, ...new Array<Frame>(10).fill(BYTES)],
    [`4511-["x",${placeholder(9)}]`],
    [`45["x"]`],
    [`45-["x"]`],
    [`451["x"]`],
    [`45-1-["x"]`],
    [`451-[${placeholder(0)}]`, BYTES],
    [`451-${placeholder(0)}`, BYTES],
    [`451-`, BYTES],
    [`451-/chat,7["x",${placeholder(0)}]`, BYTES],
    [`461-0[${placeholder(0)}]`, BYTES],
    [`461-[${placeholder(0)}]`, BYTES],
    [`461-/chat,9[${placeholder(0)}]`, BYTES],
    [`451-["x",${placeholder(0)}]`, "bAQI="],
    [BYTES],
    ["bAQI="],
    ["b"],
    [`42["x",${placeholder(0)}]`],
  ],
  "what belongs to Engine.IO": [
    "0",
    "1",
    "2",
    "3",
    "5",
    "6",
    "7",
    "",
    "2probe",
    "3probe",
    "0{}",
    "6x",
    "x",
  ].map((frame) => [frame, '42["after"]']),
};

for (const protocol of [4, 3] as const) {
  for (const [what, sequences] of Object.entries(EDGES)) {
    test(`protocol ${protocol}: ${what}`, async () => {
      for (const frames of sequences) {
        // Each has one of its own: ack ids would not be the same after a difference.
        const exchange = new Exchange();
        const disagreement = await exchange.run(protocol, frames);
        assert.deepEqual(exchange.errors, []);
        if (disagreement === undefined) continue;
        const isKnown = DIFFERENCES.some(({ explains }) => explains(disagreement));
        assert.ok(isKnown, JSON.stringify(disagreement, undefined, 2));
      }
    });
  }
}
