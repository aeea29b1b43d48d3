// Thousands of random packets, and of frames with faults in them, through npm's socket.io with its
// parsers and through Dormouse, the real core and glue: what is accepted, what listeners get and what
// is sent back must be the same, except for what `DIFFERENCES` lists.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DIFFERENCES } from "./differences.ts";
import { Emission } from "./emission.ts";
import { type Disagreement, Exchange } from "./exchange.ts";
import { JOINED, mutate, randomFrames } from "./packets.ts";
import { Random } from "./random.ts";
import { emitted } from "./values.ts";

/** Another seed finds other cases: `DORMOUSE_SEED=7 npm test -- --only node <this file>`. */
const SEED = Number(process.env.DORMOUSE_SEED ?? 1);
const PACKETS = 6000;
const EMITS = 3000;
/** Of every so many packets, one stays as it is. */
const UNHARMED = 3;

for (const protocol of [4, 3] as const) {
  test(`protocol ${protocol}: ${PACKETS} packets, most with faults, are read as upstream reads them`, async () => {
    const random = new Random(SEED * 10 + protocol);
    let exchange = new Exchange();
    let agreed = 0;
    for (let count = 0; count < PACKETS; count++) {
      const whole = randomFrames(random, protocol);
      const frames = count % UNHARMED === 0 ? whole : mutate(random, whole);
      const disagreement = await exchange.run(protocol, frames);
      assert.deepEqual(exchange.errors, [], `frames ${JSON.stringify(frames)}`);
      if (disagreement === undefined) {
        agreed += 1;
        continue;
      }
      assert.ok(isExplained(disagreement), `seed ${SEED}, packet ${count}: ${show(disagreement)}`);
      // Ack ids are not the same any more.
      exchange = new Exchange();
    }
    // The differences must stay what they are, exceptions.
    assert.ok(agreed > PACKETS * 0.85, `${agreed} of ${PACKETS} agree`);
  });
}

for (const { what, example, explains } of DIFFERENCES) {
  test(`difference: ${what}`, async () => {
    const disagreement = await new Exchange().run(example.protocol, example.frames);
    assert.ok(disagreement !== undefined, "there is no difference any more");
    assert.equal(disagreement.frame, example.frames.at(-1));
    assert.ok(explains(disagreement), show(disagreement));
  });
}

for (const [protocol, query] of [
  [4, {}],
  [4, { b64: "1" }],
  [3, {}],
  [3, { b64: "1" }],
] as const) {
  const form = "b64" in query ? ", binary as base64" : "";
  test(`protocol ${protocol}${form}: ${EMITS} emits are encoded as upstream encodes them`, async (t) => {
    const random = new Random(SEED * 10 + protocol);
    const emission = new Emission(protocol, query);
    t.after(() => emission.end());
    await emission.connected();
    for (let count = 0; count < EMITS; count++) {
      const args = random.list(4, () => emitted(random));
      const name = random.pick(JOINED[protocol]);
      const [upstream, dormouse] = emission.emit(name, args, random.chance(0.3));
      assert.deepEqual(dormouse, upstream, `seed ${SEED}, emit ${count}`);
      assert.ok(upstream.length > 0);
    }
  });
}

test("what cannot be encoded is thrown at who emits it, as upstream does", async (t) => {
  const emission = new Emission(4);
  t.after(() => emission.end());
  await emission.connected();
  const cycle: unknown[] = [];
  cycle.push(cycle);
  let deep: unknown = 1;
  for (let depth = 0; depth < 100_000; depth++) deep = [deep];
  for (const [value, error] of [
    [1n, "TypeError"],
    [cycle, "RangeError"],
    [{ cycle }, "RangeError"],
    [deep, "RangeError"],
    [
      {
        get trap() {
          throw new SyntaxError("no");
        },
      },
      "SyntaxError",
    ],
  ] as const) {
    assert.deepEqual(emission.emit("/", [value], false), [error, error]);
  }
  assert.deepEqual(...emission.emit("/", ["and on"], false));
});

/** Differences in what is sent; nothing of the kind is among the random values. */
test("difference: a key named __proto__ beside binary data is a key like any other", async (t) => {
  // Upstream copies such objects key by key, and so sets the copy's prototype.
  const emission = new Emission(4);
  t.after(() => emission.end());
  await emission.connected();
  const value = JSON.parse('{"__proto__":{"a":1}}');
  const [upstream, dormouse] = emission.emit("/", [value, Uint8Array.of(1)], false);
  assert.equal(upstream[0], '451-["event",{},{"_placeholder":true,"num":0}]');
  assert.equal(dormouse[0], '451-["event",{"__proto__":{"a":1}},{"_placeholder":true,"num":0}]');
});

test("difference: a Blob is an object without properties", async (t) => {
  // Upstream makes an attachment of it. Its bytes can only be read asynchronously, and what is emitted
  // is encoded at once here, so that the order of packets is that of the emits.
  const emission = new Emission(4);
  t.after(() => emission.end());
  await emission.connected();
  const [upstream, dormouse] = emission.emit("/", [new Blob(["x"])], false);
  assert.equal(upstream[0], '451-["event",{"_placeholder":true,"num":0}]');
  assert.deepEqual(dormouse, ['42["event",{}]']);
});

function isExplained(disagreement: Disagreement): boolean {
  return DIFFERENCES.some(({ explains }) => explains(disagreement));
}

function show(disagreement: Disagreement): string {
  return JSON.stringify(disagreement, null, 2);
}
