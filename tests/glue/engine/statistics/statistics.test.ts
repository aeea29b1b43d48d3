// What a server counts of itself, through sleeps, on a clock of the test's own.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Statistics,
  type StatisticsOwner,
  type WakeEvent,
} from "../../../../glue/engine/statistics/statistics.ts";

/** An object: each `sleep` gives it others, as another constructor would. */
class SleepyObject {
  time = 1_000_000;
  rows = 0;
  isHeld = false;
  kept: readonly number[] | undefined;
  keeps = 0;
  readonly wakes: WakeEvent[] = [];
  statistics!: Statistics;
  /** What waits for an answer. */
  #waiting: (() => void)[] = [];

  constructor() {
    this.#make();
    this.statistics.start();
  }

  #make(): void {
    const place: StatisticsOwner = {
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
    this.statistics = new Statistics(place);
  }

  /** Nobody does anything for so long; then something wakes it. */
  sleep(milliseconds: number): void {
    this.answer();
    this.time += milliseconds;
    this.rows = 0;
    this.isHeld = false;
    this.#make();
    this.statistics.resume(this.kept ?? []);
    this.statistics.start();
  }

  /** The same, but of those who are there from before one comes back, who has nothing of what was counted. */
  sleepApart(milliseconds: number): void {
    this.answer();
    this.time += milliseconds;
    this.rows = 0;
    this.#make();
    this.statistics.start();
    this.statistics.comeBack([]);
  }

  message(): void {
    this.statistics.noteMessage();
    this.statistics.endTurn();
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
  object.statistics.noteAlarm(() => {});
  await settle();
  const { naps, slept, napStartedAt, napEndedAt, wokeAt, messages, alarms } =
    object.statistics.counts;
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
  assert.equal(object.statistics.counts.slept, 300);
  // Nor does it sleep for less than no time when a clock was set back.
  object.message();
  object.sleep(-5_000);
  assert.equal(object.statistics.counts.slept, 300);
});

test("an event that wakes it is answered before anything is kept", () => {
  const object = new SleepyObject();
  object.message();
  const before = object.kept;
  object.sleep(60_000);
  object.statistics.noteMessage();
  object.statistics.endTurn();
  assert.equal(object.kept, before);
  object.answer();
  assert.notEqual(object.kept, before);
  object.sleep(60_000);
  assert.deepEqual([object.statistics.counts.naps, object.statistics.counts.messages], [2, 2]);
});

test("what woke it: the first thing that happens", async () => {
  const object = new SleepyObject();
  const causes: [() => void, string][] = [
    [() => object.statistics.noteMessage(), "message"],
    [() => object.statistics.noteClose(), "close"],
    [() => object.statistics.noteRequest(), "request"],
    [() => object.statistics.noteAlarm(() => {}), "heartbeat"],
    [() => object.statistics.noteAlarm(() => object.statistics.noteTimer()), "alarm"],
    // The heartbeat that rings for nothing ends turns before it is known whose the alarm is.
    [() => object.statistics.noteAlarm(() => object.statistics.endTurn()), "heartbeat"],
    [() => {}, "call"],
  ];
  for (const [happen, cause] of causes) {
    object.sleep(60_000);
    happen();
    object.statistics.endTurn();
    object.message();
    await settle();
    assert.equal(object.wakes.at(-1)?.cause, cause);
  }
  const wakes = { message: 1, close: 1, heartbeat: 2, alarm: 1, request: 1, call: 1 };
  assert.deepEqual(object.statistics.wakes, wakes);
});

test("a call that does nothing with the server is one all the same, also if it sleeps again", async () => {
  const object = new SleepyObject();
  object.sleep(60_000);
  object.sleep(60_000);
  assert.equal(object.statistics.wakes.call, 1);
  object.time += 2_000;
  object.message();
  await settle();
  assert.deepEqual([object.statistics.wakes.call, object.statistics.wakes.message], [2, 0]);
  assert.equal(object.statistics.counts.naps, 2);
});

test("wakes per hour: of this hour and the one before, by cause, through sleeps", async () => {
  const MINUTE = 60_000;
  const HOUR = 60 * MINUTE;
  const object = new SleepyObject();
  const begin = object.time;
  const sleepUntil = (time: number): void => object.sleep(begin + time - object.time);
  const rates = () => {
    assert.ok(object.statistics.counts);
    const { message, heartbeat, call } = object.statistics.wakesPerHour;
    return { message, heartbeat, call };
  };
  object.message();
  // In the first hour, as many as there were.
  for (const minutes of [10, 20, 59]) {
    sleepUntil(minutes * MINUTE);
    object.statistics.noteAlarm(() => {});
    object.statistics.endTurn();
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
  assert.equal(object.statistics.wakes.heartbeat, 3);
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
  assert.equal(object.statistics.counts.messages, 9_001);
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
  const { rows, held } = object.statistics.counts;
  assert.deepEqual([rows, held], [7, 4_000]);
});

test("what another version has kept is forgotten", () => {
  const object = new SleepyObject();
  object.answer();
  object.kept = [99, 1, 2, 3];
  object.sleep(60_000);
  assert.equal(object.statistics.counts.naps, 0);
  object.answer();
  object.kept = [];
  object.sleep(60_000);
  assert.equal(object.statistics.counts.naps, 0);
});

test("what was counted apart is put together, each part once and in any order", async () => {
  for (const order of [(parts: number[][]) => parts, (parts: number[][]) => parts.toReversed()]) {
    const object = new SleepyObject();
    const parts: number[][] = [];
    const keep = () => parts.push(object.statistics.take());
    object.message();
    keep();
    object.sleepApart(60_000);
    object.rows = 2;
    object.message();
    keep();
    object.sleepApart(70_000);
    object.statistics.noteClose();
    object.statistics.endTurn();
    object.time += 1_000;
    object.rows = 3;
    object.statistics.comeBack(order(parts));
    object.message();
    const { counts, wakes } = object.statistics;
    // It waited ten seconds before each nap.
    assert.deepEqual([counts.naps, counts.slept], [2, 50_000 + 60_000]);
    assert.deepEqual([counts.messages, counts.rows, counts.startedAt], [3, 5, 1_000_000]);
    assert.deepEqual([counts.napStartedAt, counts.napEndedAt], [1_070_000, 1_130_000]);
    assert.deepEqual([wakes.message, wakes.close, wakes.call], [1, 1, 0]);
    assert.deepEqual(object.kept, object.statistics.take());
  }
});
