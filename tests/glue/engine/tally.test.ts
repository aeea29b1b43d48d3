// What a server counts of itself, through sleeps, on a clock of the test's own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Tally, type TallyPlace, type WakeEvent } from "../../../glue/engine/tally.ts";

/** An object: each `sleep` gives it another tally, as another constructor would. */
class SleepyObject {
  time = 1_000_000;
  rows = 0;
  isHeld = false;
  kept: readonly number[] | undefined;
  keeps = 0;
  readonly wakes: WakeEvent[] = [];
  tally!: Tally;
  /** What waits for an answer. */
  #waiting: (() => void)[] = [];

  constructor() {
    this.#make();
    this.tally.start();
  }

  #make(): void {
    const place: TallyPlace = {
      now: () => this.time,
      rowsWritten: () => this.rows,
      isHeld: () => this.isHeld,
      isInTurn: () => false,
      keep: (counts) => {
        this.kept = structuredClone(counts);
        this.keeps += 1;
        return true;
      },
      afterAnswer: (run) => {
        this.#waiting.push(run);
        queueMicrotask(() => this.answer());
      },
      onWake: (wake) => this.wakes.push(wake),
    };
    this.tally = new Tally(place);
  }

  /** Nobody does anything for so long; then something wakes it. */
  sleep(milliseconds: number): void {
    this.answer();
    this.time += milliseconds;
    this.rows = 0;
    this.isHeld = false;
    this.#make();
    this.tally.resume(this.kept ?? []);
    this.tally.start();
  }

  /** The same, but of those who are there from before one comes back, who has nothing of what was counted. */
  sleepApart(milliseconds: number): void {
    this.answer();
    this.time += milliseconds;
    this.rows = 0;
    this.#make();
    this.tally.start();
    this.tally.comeBack([]);
  }

  message(): void {
    this.tally.noteMessage();
    this.tally.endTurn();
    this.answer();
  }

  /** What was sent is on its way. */
  answer(): void {
    for (const run of this.#waiting.splice(0)) run();
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

test("naps begin ten seconds after the last event, and are told with what ended them", async () => {
  const object = new SleepyObject();
  object.message();
  object.time += 5_000;
  object.message();
  object.sleep(70_000);
  object.message();
  await settle();
  assert.deepEqual(object.wakes, [{ cause: "message", slept: 60_000, awake: 15_000, perHour: 1 }]);
  object.sleep(12_000);
  object.tally.noteAlarm(() => {});
  await settle();
  const { naps, slept, napStartedAt, napEndedAt, wokeAt, messages, alarms } = object.tally.counts;
  assert.deepEqual([naps, slept, messages, alarms], [2, 62_000, 3, 1]);
  assert.deepEqual([napEndedAt - napStartedAt, wokeAt], [2_000, object.time]);
  assert.deepEqual(object.wakes[1], {
    cause: "heartbeat",
    slept: 2_000,
    awake: 10_000,
    perHour: 1,
  });
});

test("an object that was put to sleep by force slept since its last event", () => {
  const object = new SleepyObject();
  object.message();
  object.sleep(300);
  assert.equal(object.tally.counts.slept, 300);
  // Nor does it sleep for less than no time when a clock was set back.
  object.message();
  object.sleep(-5_000);
  assert.equal(object.tally.counts.slept, 300);
});

test("an event that wakes it is answered before anything is kept", () => {
  const object = new SleepyObject();
  object.message();
  const before = object.kept;
  object.sleep(60_000);
  object.tally.noteMessage();
  object.tally.endTurn();
  assert.equal(object.kept, before);
  object.answer();
  assert.notEqual(object.kept, before);
  object.sleep(60_000);
  assert.deepEqual([object.tally.counts.naps, object.tally.counts.messages], [2, 2]);
});

test("what woke it: the first thing that happens", async () => {
  const object = new SleepyObject();
  const causes: [() => void, string][] = [
    [() => object.tally.noteMessage(), "message"],
    [() => object.tally.noteClose(), "close"],
    [() => object.tally.noteRequest(), "request"],
    [() => object.tally.noteAlarm(() => {}), "heartbeat"],
    [() => object.tally.noteAlarm(() => object.tally.noteTimer()), "alarm"],
    // The heartbeat that rings for nothing ends turns before it is known whose the alarm is.
    [() => object.tally.noteAlarm(() => object.tally.endTurn()), "heartbeat"],
    [() => {}, "call"],
  ];
  for (const [happen, cause] of causes) {
    object.sleep(60_000);
    happen();
    object.tally.endTurn();
    object.message();
    await settle();
    assert.equal(object.wakes.at(-1)?.cause, cause);
  }
  const wakes = { message: 1, close: 1, heartbeat: 2, alarm: 1, request: 1, call: 1 };
  assert.deepEqual(object.tally.wakes, wakes);
});

test("a call that does nothing with the server is one all the same, also if it sleeps again", async () => {
  const object = new SleepyObject();
  object.sleep(60_000);
  object.sleep(60_000);
  assert.equal(object.tally.wakes.call, 1);
  object.time += 2_000;
  object.message();
  await settle();
  assert.deepEqual([object.tally.wakes.call, object.tally.wakes.message], [2, 0]);
  assert.equal(object.tally.counts.naps, 2);
});

test("wakes per hour: of this hour and the one before, by cause, through sleeps", async () => {
  const MINUTE = 60_000;
  const HOUR = 60 * MINUTE;
  const object = new SleepyObject();
  const begin = object.time;
  const sleepUntil = (time: number): void => object.sleep(begin + time - object.time);
  const rates = () => {
    assert.ok(object.tally.counts);
    const { message, heartbeat, call } = object.tally.wakesPerHour;
    return { message, heartbeat, call };
  };
  object.message();
  // In the first hour, as many as there were.
  for (const minutes of [10, 20, 59]) {
    sleepUntil(minutes * MINUTE);
    object.tally.noteAlarm(() => {});
    object.tally.endTurn();
  }
  assert.deepEqual(rates(), { message: 0, heartbeat: 3, call: 0 });
  // Nobody notices what this is.
  sleepUntil(59.5 * MINUTE);
  sleepUntil(90 * MINUTE);
  object.message();
  await settle();
  assert.equal(object.wakes.at(-1)?.perHour, 1 / 1.5);
  assert.deepEqual(rates(), { message: 1 / 1.5, heartbeat: 3 / 1.5, call: 1 / 1.5 });
  // In the third hour the first one is forgotten.
  object.time = begin + 2.5 * HOUR;
  assert.deepEqual(rates(), { message: 1 / 1.5, heartbeat: 0, call: 0 });
  assert.equal(object.tally.wakes.heartbeat, 3);
  object.message();
  sleepUntil(5 * HOUR);
  object.message();
  assert.deepEqual(rates(), { message: 1, heartbeat: 0, call: 0 });
  // A clock that was set back changes nothing.
  object.time -= 2 * HOUR;
  assert.deepEqual(rates(), { message: 1, heartbeat: 0, call: 0 });
});

test("each of a few events is kept, of many no more than one in a second", () => {
  const object = new SleepyObject();
  object.sleep(60_000);
  const before = object.keeps;
  object.message();
  assert.equal(object.keeps - before, 1);
  for (let count = 0; count < 9_000; count += 1) {
    object.time += 1;
    object.message();
  }
  assert.equal(object.keeps - before, 1 + 20 + 8);
  assert.equal(object.tally.counts.messages, 9_001);
});

test("rows and the time in which something kept it awake add up over sleeps", () => {
  const object = new SleepyObject();
  object.rows = 3;
  object.isHeld = true;
  object.message();
  object.time += 4_000;
  object.isHeld = false;
  object.rows = 5;
  object.message();
  object.sleep(60_000);
  object.rows = 2;
  object.message();
  const { rows, held } = object.tally.counts;
  assert.deepEqual([rows, held], [7, 4_000]);
});

test("what another version has kept is forgotten", () => {
  const object = new SleepyObject();
  object.answer();
  object.kept = [99, 1, 2, 3];
  object.sleep(60_000);
  assert.equal(object.tally.counts.naps, 0);
  object.answer();
  object.kept = [];
  object.sleep(60_000);
  assert.equal(object.tally.counts.naps, 0);
});

test("what was counted apart is put together, each part once and in any order", async () => {
  for (const order of [(parts: number[][]) => parts, (parts: number[][]) => parts.toReversed()]) {
    const object = new SleepyObject();
    const parts: number[][] = [];
    const keep = () => parts.push(object.tally.take());
    object.message();
    keep();
    object.sleepApart(60_000);
    object.rows = 2;
    object.message();
    keep();
    object.sleepApart(70_000);
    object.tally.noteClose();
    object.tally.endTurn();
    object.time += 1_000;
    object.rows = 3;
    object.tally.comeBack(order(parts));
    object.message();
    const { counts, wakes } = object.tally;
    // It waited ten seconds before each nap.
    assert.deepEqual([counts.naps, counts.slept], [2, 50_000 + 60_000]);
    assert.deepEqual([counts.messages, counts.rows, counts.startedAt], [3, 5, 1_000_000]);
    assert.deepEqual([counts.napStartedAt, counts.napEndedAt], [1_070_000, 1_130_000]);
    assert.deepEqual([wakes.message, wakes.close, wakes.call], [1, 1, 0]);
    assert.deepEqual(object.kept, object.tally.take());
  }
});
