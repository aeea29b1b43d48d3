// Habits of server code: each survives a sleep, or keeps the object awake, or is found by the check.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Server as UpstreamServer } from "socket.io";
import { createServer } from "../../durable-objects/node/index.ts";
import { check } from "../../layers/eslint/command/check.ts";
import { evictBeforeEvents, startServer } from "../../layers/testing/index.ts";
import { importAnew } from "../../layers/testing/modules.ts";
import type { RunningWorker } from "../support/miniflare.ts";
import { startOracle } from "../support/oracle.ts";
import { addFence } from "./fence.ts";
import { HABITS, type Habit, type Outcome } from "./habits.ts";
import { type Act, asleep, type Log, play, type Scene } from "./people.ts";
import { startSetups } from "./setups.ts";

const { DORMOUSE_LONG } = process.env;

/** Each waits for its clients most of the time. */
const AT_A_TIME = 4;

const FOLDER = new URL("./habits/", import.meta.url);

/** A habit's module, loaded anew. */
async function setUp({ file }: Habit, io: UpstreamServer): Promise<void> {
  addFence(io);
  const { setup } = await importAnew(new URL(`${file}.ts`, FOLDER));
  (setup as (io: UpstreamServer) => void)(io);
}

const expectations = new Map<Habit, Promise<Log>>();

/** What people see there; played once. */
function onUpstream(habit: Habit): Promise<Log> {
  const known = expectations.get(habit) ?? playOnUpstream(habit);
  expectations.set(habit, known);
  return known;
}

async function playOnUpstream(habit: Habit): Promise<Log> {
  const running: Promise<void>[] = [];
  const { url, stop } = await startOracle({}, (io) => void running.push(setUp(habit, io)));
  await Promise.all(running);
  try {
    return await play(habit.act, url);
  } finally {
    await stop();
  }
}

async function onNode(habit: Habit, sleeps: boolean) {
  const Class = createServer((io) => setUp(habit, io as unknown as UpstreamServer));
  const server = await startServer(Class, { sleep: sleeps ? "warm" : "never" });
  try {
    const log = await play(habit.act, server.url);
    return { log, sleeps: server.sleeps, reasons: server.keptAwake.map(({ what }) => what) };
  } finally {
    await server.close();
  }
}

/** The rules that find something in a habit's file. */
async function rulesFor({ file }: Habit): Promise<string[]> {
  const { lines } = await check(fileURLToPath(FOLDER), [`${file}.ts`]);
  const rules = lines.map((line) => /\(dormouse-io\/([\w-]+)\)$/.exec(line)?.[1] ?? line);
  return [...new Set(rules)];
}

test("every file has its habit", () => {
  const files = readdirSync(FOLDER).map((name) => name.replace(/\.ts$/, ""));
  assert.deepEqual(files.sort(), HABITS.map(({ file }) => file).sort());
});

test("the table of docs/hibernation.md has every habit with its outcome, and no other", () => {
  const page = readFileSync(new URL("../../docs/hibernation.md", import.meta.url), "utf8");
  const [, table = ""] =
    /^## Habits, in one table$.*?\n\|---\|---\|---\|\n(.*?)\n\n/ms.exec(page) ?? [];
  const rows = table.split("\n").map((row) => row.split(" | ").slice(0, 2));
  const expected = HABITS.map(({ does, outcome }) => [`| ${does}`, verdictOf(outcome)]);
  assert.deepEqual(rows.sort(), expected.sort());
});

function verdictOf(outcome: Outcome): string {
  if ("survives" in outcome) return "survives";
  return "found" in outcome ? "is lost; found by the check" : "keeps the object awake";
}

describe("on Node", { concurrency: AT_A_TIME }, () => {
  for (const habit of HABITS) {
    test(habit.file, async () => {
      const expected = await onUpstream(habit);
      assert.ok(Object.values(expected).flat().length > 0);
      const { outcome } = habit;
      assert.deepEqual((await onNode(habit, false)).log, expected, "awake");
      const asleep = await onNode(habit, true);
      if ("found" in outcome) {
        const rules = await rulesFor(habit);
        for (const rule of outcome.found) assert.ok(rules.includes(rule), `${rules}`);
        assert.notDeepEqual(asleep.log, expected, "it is not lost");
        return;
      }
      assert.deepEqual(asleep.log, expected, "asleep");
      const isKept = "keepsAwake" in outcome;
      assert.ok(isKept || asleep.sleeps > 0);
      const reasons = isKept ? [outcome.keepsAwake].flat() : [];
      assert.deepEqual([...new Set(asleep.reasons)].sort(), reasons);
      if (!isKept) assert.deepEqual(await rulesFor(habit), outcome.rules ?? []);
    });
  }
});

describe("evicted in workerd", { concurrency: AT_A_TIME }, () => {
  const surviving = HABITS.filter(({ outcome }) => {
    return "survives" in outcome && (DORMOUSE_LONG !== undefined || !outcome.isLong);
  });
  let worker: RunningWorker;
  before(async () => {
    worker = await startHabits(surviving);
  });
  after(() => worker.stop());
  for (const [number, habit] of surviving.entries()) {
    test(habit.file, async () => {
      const className = `Habit${number}`;
      const place = { script: "worker", className, url: new URL(worker.url) };
      const object = await evictBeforeEvents(worker.mf, place);
      try {
        const log = await play(habit.act, object.url, `/${className}`);
        assert.deepEqual(log, await onUpstream(habit));
        assert.ok(object.evictions > 0);
        assert.equal(object.isKeptAwake, false);
      } finally {
        await object.close();
      }
    });
  }
});

// The platform takes thirty seconds to give up, each time.
if (DORMOUSE_LONG !== undefined) {
  describe("kept awake in workerd", () => {
    const keeping = HABITS.filter(({ outcome }) => "keepsAwake" in outcome);
    let worker: RunningWorker;
    before(async () => {
      // The adapter is a package for Node.
      worker = await startHabits(keeping, "nodejs_compat");
    });
    after(() => worker.stop());
    for (const [number, habit] of keeping.entries()) {
      test(habit.file, async () => {
        const className = `Habit${number}`;
        const evict = () => worker.evict("default", "hibernate", className).catch(String);
        const act: Act = async (scene) => {
          if ("isOver" in habit.outcome) return holdsMeanwhile(habit.act, scene, evict);
          await habit.act(scene);
          const outcome = await evict();
          if (outcome === undefined) {
            // An acknowledgement is waited for as long: it was given up first.
            await says(worker, "did not come within ackKeepAlive");
          } else {
            assert.match(outcome, /still has active references/);
          }
        };
        assert.deepEqual(await play(act, worker.url, `/${className}`), await onUpstream(habit));
      });
    }
  });
}

/** Evicts the object before each thing that somebody does, until something keeps it awake. */
async function holdsMeanwhile(
  act: Act,
  scene: Scene,
  evict: () => Promise<unknown>,
): Promise<void> {
  let isHeld = false;
  const sleep = async (): Promise<void> => {
    if (!isHeld) isHeld = /still has active references/.test(String(await evict()));
  };
  await act(asleep(scene, sleep));
  assert.ok(isHeld);
}

/** Resolves when the Worker has written this. The test's time is its patience. */
async function says(worker: RunningWorker, text: string): Promise<void> {
  while (!worker.output.includes(text)) await pause(20);
}

function startHabits(habits: readonly Habit[], flag?: string): Promise<RunningWorker> {
  const modules = habits.map(({ file }) => `./tests/applications/habits/${file}.ts`);
  return startSetups(modules, "Habit", flag);
}
