// A round in turns: who comes when, what is added up, and what a failure leaves.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Command } from "../../bench/load/commands.ts";
import type { LoadDriver } from "../../bench/load/driver.ts";
import type { SampleContext, Turns } from "../../bench/measures/measure.ts";
import { sampleInTurns } from "../../bench/measures/turns.ts";
import { FULL } from "../../bench/settings.ts";
import type { Target } from "../../bench/targets/target.ts";

const TURNS: Turns = {
  load: ({ server: { endpoint } }) => {
    return { kind: "connect", endpoint, route: "websocket", warmUp: 0, concurrency: 1 };
  },
  count: () => 3,
  amount: () => 50,
};

/** Targets of processes 1, 2 and so on. Turn `n` of all has `n` operations, of 10 µs in process 1, 20 µs in process 2. */
function targetsOf(
  count: number,
  failing?: number | "end",
): { contexts: SampleContext[]; log: string[] } {
  const log: string[] = [];
  let turns = 0;
  const run = async (command: Command) => {
    if (command.kind === "begin") log.push(`begin ${command.load.endpoint.pid}`);
    if (command.kind === "end") {
      log.push("end");
      if (failing === "end") throw new Error("connections stay open");
    }
    if (command.kind !== "turn") return undefined;
    const { pid } = command;
    log.push(`turn ${pid}`);
    if (pid === failing) throw new Error("connection lost");
    turns += 1;
    const server = turns * 10 * pid;
    // The machine counts others in ticks: too few now, too many then.
    const others = turns % 2 === 0 ? -1000 : 1010;
    return { operations: turns, usage: { wall: 100, server, generator: 50, others } };
  };
  const load = { run: run as LoadDriver["run"] };
  const contexts = Array.from({ length: count }, (_, index) => {
    const endpoint = { url: "ws://localhost", protocol: "raw", pid: index + 1 } as const;
    const server = { endpoint } as SampleContext["server"];
    return { target: { id: `${index + 1}` } as Target, server, load, settings: FULL };
  });
  return { contexts, log };
}

test("all are opened, then they take turns of which another one is the first each time", async () => {
  const { contexts, log } = targetsOf(2);
  const samples = await sampleInTurns(TURNS, contexts, (_target, step) => step());
  const expected = [
    "begin 1",
    "begin 2",
    "turn 1",
    "turn 2",
    "turn 2",
    "turn 1",
    "turn 1",
    "turn 2",
  ];
  assert.deepEqual(log, [...expected, "end"]);
  const figures = samples?.map(([{ id }, { value, operations, load }]) => {
    return [id, value, operations, load];
  });
  const load = (server: number, others: number) => ({ server, generator: 0.5, others });
  // Turns 1, 4 and 5 of six, and 2, 3 and 6: their time over their operations, not the mean of ratios.
  assert.deepEqual(figures, [
    ["1", 10, 10, load(100 / 300, 1020 / 300)],
    ["2", 20, 11, load(220 / 300, 0)],
  ]);
});

test("a target that fails ends the round, without samples of anybody", async () => {
  assert.deepEqual(await failuresOf(3, 2), { failed: ["2"], last: ["turn 1", "turn 2"] });
});

test("connections that cannot be closed are a failure of the round, and not the end of the run", async () => {
  assert.deepEqual(await failuresOf(2, "end"), { failed: ["1"], last: ["turn 2", "end"] });
});

async function failuresOf(count: number, failing: number | "end"): Promise<object> {
  const { contexts, log } = targetsOf(count, failing);
  const failed: string[] = [];
  const samples = await sampleInTurns(TURNS, contexts, async ({ id }, step) => {
    try {
      return await step();
    } catch {
      failed.push(id);
      return undefined;
    }
  });
  assert.equal(samples, undefined);
  return { failed, last: log.slice(-2) };
}
