// The first table of the benchmark's page: every goal has its budget, and says of a run what the run says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BUDGETS } from "../../bench/report/budgets.ts";
import { GOALS } from "../../bench/report/goals.ts";
import type { Results, Series } from "../../bench/report/results.ts";
import { renderSummary, withSummary } from "../../bench/report/summary.ts";
import { TARGETS } from "../../bench/targets/index.ts";

const ECHO = "echo of 60 B, CPU, over a raw object";

function series(target: string, values: number[], ratio?: number): Series {
  const samples = values.map((value) => ({ value, operations: 1 }));
  return {
    measure: "echo-60",
    measureTitle: "echo",
    unit: "µs",
    target,
    targetTitle: target,
    floor: "raw-workerd",
    samples,
    median: 0,
    spread: 0,
    ...(ratio !== undefined && { ratio }),
  };
}

function run(ratio: number, values: number[]): Results {
  const machine = { processor: "P", cores: 2, memoryGiB: 1, kernel: "k", node: "v24" };
  return {
    schema: 1,
    date: "2026-01-02T03:04:05.000Z",
    quick: false,
    rounds: 3,
    machine,
    versions: {},
    series: [
      series("raw-workerd", [10, 10, 20]),
      series("dormouse-workerd", values, ratio),
      series("raw-core", [11, 11, 22], 1.1),
    ],
    sizes: [],
    counts: [],
    budgets: [],
    remarks: ["Others were busy."],
  };
}

test("a goal that is met, one that is missed and one that was not measured", () => {
  const rowOf = (what: string, results: Results) =>
    renderSummary(results)
      .split("\n")
      .find((line) => line.startsWith(`| ${what} |`));
  assert.equal(
    rowOf(ECHO, run(1.1, [10, 11, 24])),
    `| ${ECHO} | ≤ 1.12 | 1.10 (1.05 to 1.15) | 1.10 | yes |`,
  );
  assert.match(
    rowOf(ECHO, run(1.4, [14, 14, 28])) ?? "",
    /\| 1\.40 \(1\.40 to 1\.40\) \| 1\.10 \| no: ./,
  );
  assert.equal(
    rowOf("echo of 1 KB, the same", run(1.1, [10, 11, 24])),
    "| echo of 1 KB, the same | ≤ 1.15 | not measured |  |  |",
  );
  assert.match(renderSummary(run(1, [1])), /2026-01-02 03:04 UTC, 3 rounds.* Others were busy\.$/);
});

test("every goal is that of a budget, and its least is a target of whole runs on the same floor", () => {
  for (const { what, budget: id, least } of GOALS) {
    const budget = BUDGETS.find((one) => one.id === id);
    assert.ok(budget, what);
    if ("text" in least || least.target === "json-parse") continue;
    const { measure = "", target = "" } = budget.mark ?? {};
    const [own, lowest] = [target, least.target].map((of) => TARGETS.find((one) => one.id === of));
    assert.ok(own && lowest && !lowest.onRequest, what);
    assert.ok(lowest.only?.includes(measure), what);
    const floorOf = (of: typeof own) => of.floors?.[measure] ?? of.floor;
    assert.equal(floorOf(lowest), floorOf(own), what);
  }
});

test("the table is put in its place, and nothing else is touched", () => {
  const [start, end] = [
    "<!-- the kept run: `npm run generate` -->",
    "<!-- end of the kept run -->",
  ];
  const page = `before\n${start}\nold\n${end}\nbehind`;
  const summary = renderSummary(run(1.1, [10, 11, 24]));
  const renewed = `before\n${start}\n${summary}\n${end}\nbehind`;
  assert.equal(withSummary(page, run(1.1, [10, 11, 24])), renewed);
  assert.equal(withSummary(renewed, run(1.1, [10, 11, 24])), renewed);
  assert.throws(() => withSummary("nothing", run(1, [1])), /no place/);
});
