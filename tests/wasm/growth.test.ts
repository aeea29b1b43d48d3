// How many rooms one client is in, and how many clients there are, makes nothing slow that another asks for.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as EffectKind from "../../glue/core/abi/effect-kind.gen.ts";
import { Core } from "../../glue/core/core.ts";

const WASM = fileURLToPath(new URL("../../wasm/core.wasm", import.meta.url));
const module = new WebAssembly.Module(readFileSync(WASM));

const FEW = 10;
const MANY = 9_900;
/** Looking through all of them took thirty times as long, and more. */
const LIMIT = 8;

class Place {
  readonly core = new Core(module, {});
  readonly namespace = this.core.addNamespace("/");

  /** Returns the session. */
  join(id: string): number {
    const connection = this.core.handleOpen(0, 4, id);
    this.core.handleText(0, connection, "40");
    const asked = this.core.pollEffects().find((effect) => effect.kind === EffectKind.connect);
    assert.ok(asked);
    this.core.assign(asked.session, this.namespace, id);
    this.core.admit(asked.session, "");
    return asked.session;
  }
}

/** Of the time of the second over that of the first: by turns, so that what else runs slows both. */
function ratio(first: () => void, second: () => void): number {
  const times: [bigint, bigint][] = [];
  for (let round = 0; round < 401; round++) {
    const start = process.hrtime.bigint();
    first();
    const between = process.hrtime.bigint();
    second();
    times.push([between - start, process.hrtime.bigint() - between]);
  }
  const median = (side: 0 | 1): number =>
    Number(times.map((pair) => pair[side]).sort((a, b) => Number(a - b))[200]);
  return median(1) / median(0);
}

test("a client in thousands of rooms leaves one, and joins one, as quickly as one in a few", () => {
  const place = new Place();
  const { core } = place;
  const [few, many] = [FEW, MANY].map((count) => {
    const session = place.join(`in ${count}`);
    for (let room = 0; room < count; room++) core.join(session, `room ${room} of ${count}`);
    return session;
  }) as [number, number];
  const isIn = (session: number, room: string): boolean => core.roomsOf(session).includes(room);

  const leaving = ratio(
    () => core.leave(few, "nowhere"),
    () => core.leave(many, "nowhere"),
  );
  assert.ok(leaving < LIMIT, `a room that it is not in: ${leaving} times as long`);
  const again = ratio(
    () => core.join(few, `room 9 of ${FEW}`),
    () => core.join(many, `room 9 of ${MANY}`),
  );
  assert.ok(again < LIMIT, `a room that it is in: ${again} times as long`);
  const backAndForth = (session: number): void => {
    core.join(session, "den");
    core.leave(session, "den");
  };
  const both = ratio(
    () => backAndForth(few),
    () => backAndForth(many),
  );
  assert.ok(both < LIMIT, `a room that it joins and leaves: ${both} times as long`);

  core.leave(many, `room 5000 of ${MANY}`);
  assert.ok(!isIn(many, `room 5000 of ${MANY}`));
  assert.ok(isIn(many, `room 5001 of ${MANY}`));
});

test("an id that nobody has is looked for as quickly among thousands as among a few", () => {
  const [few, many] = [FEW, MANY].map((count) => {
    const place = new Place();
    for (let client = 0; client < count; client++) place.join(`client ${client}`);
    return place;
  }) as [Place, Place];
  const find = ({ core, namespace }: Place): void => {
    assert.equal(core.findSession(namespace, "nobody"), undefined);
  };
  const looking = ratio(
    () => find(few),
    () => find(many),
  );
  assert.ok(looking < LIMIT, `${looking} times as long`);
});
