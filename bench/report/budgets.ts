import type { BudgetResult, Count, Series, Size } from "./results.ts";

/** What a budget is held against. */
export interface Measured {
  readonly series: readonly Series[];
  readonly sizes: readonly Size[];
  readonly counts: readonly Count[];
}

/** The measure and the target, or the size or count, that it is a budget of. */
export type BudgetId = string;

/** A figure of the design that a run is judged by; lower is better. */
export interface Budget {
  readonly id: BudgetId;
  readonly title: string;
  readonly unit: string;
  readonly budget: number;
  readonly aim: number;
  /** Where the figure is plotted: what `target` has in `measure`. */
  readonly mark?: { readonly measure: string; readonly target: string };
  /** The figure of this run, undefined if it has none. */
  measured(results: Measured): number | undefined;
}

const KIBIBYTE = 1024;

/** The design's budgets, in its order. */
export const BUDGETS: readonly Budget[] = [
  ratio("echo of a 60 B event, CPU, over a raw object", "echo-60", "dormouse-workerd", 1.2, 1.12),
  ratio("echo of a 1 KB event, CPU, over a raw object", "echo-1k", "dormouse-workerd", 1.25, 1.15),
  ratio("ack of a 60 B event, CPU, over a raw echo", "ack-60", "dormouse-workerd", 1.25, 1.12),
  ratio(
    "broadcast to 500, CPU per delivery, over a raw object",
    "broadcast-500",
    "dormouse-workerd",
    1.1,
    1.03,
  ),
  ratio("decoding a 60 B event, over npm's parsers", "decode-60", "dormouse-codec", 0.7, 0.6),
  ratio("Node host, echo of a 60 B event, over socket.io", "echo-60", "dormouse-node", 0.8, 0.6),
  ratio("Node host, broadcast to 500, over socket.io", "broadcast-500", "dormouse-node", 0.8, 0.6),
  ratio("Node host, connect, over socket.io", "connect", "dormouse-node", 0.8, 0.7),
  ratio("Node host, RSS per idle connection, over socket.io", "memory", "dormouse-node", 1, 0.8),
  ratio(
    "connect, CPU, over a raw object with the handshake's frames",
    "connect",
    "dormouse-workerd",
    1.25,
    1.1,
  ),
  ratio(
    "RSS per idle connection, over a raw object with the handshake's frames",
    "memory",
    "dormouse-workerd",
    1.15,
    1.05,
  ),
  excess("first event after sleep with 1,000 connections", "wake-1000", "dormouse-workerd", 2, 1),
  excess("the same where all were awake before", "wake-1000-busy", "dormouse-workerd", 2, 1),
  excess("first event after sleep, broadcast to 1,000", "wake-1000-all", "dormouse-workerd", 9, 6),
  excess(
    "first answer of a new object, over a raw one with an alarm",
    "start",
    "objects-workerd",
    1,
    1,
  ),
  ratio(
    "heartbeat of 5,000 idle clients, CPU, over a raw loop",
    "heartbeat-5000",
    "heartbeat-workerd",
    1.2,
    1.1,
  ),
  size("worker upload, minified, gzip", "upload-gzip", 47, 36),
  size("core.wasm, raw", "core-wasm", 40, 36),
  size("core memory per connection, 2 namespaces, 6 rooms", "core-memory", 1, 0.6),
  count("storage writes per connect, message, join, ack, disconnect", "storage-writes", 0, 0),
  count("wakes per minute with 100 idle clients", "idle-wakes", 3, 3),
  count("crowds of 2,000 to 9,000, connect, largest over mean", "crowd-connect", 1.2, 1.1),
  count("crowds, join of a room, largest over mean", "crowd-join", 1.2, 1.1),
  count("crowds, delivery, largest over mean", "crowd-broadcast", 1.2, 1.1),
  count("crowds, leave, largest over mean", "crowd-leave", 1.2, 1.1),
  count("crowds, disconnect all, largest over mean", "crowd-disconnect", 1.2, 1.1),
  ratio("echo of a 60 B event, recovery on, over off", "echo-60", "recovery-workerd", 1.5, 1.2),
  ratio("broadcast to 500, recovery on, over off", "broadcast-500", "recovery-workerd", 1.5, 1.2),
  count("rows per connect, recovery on", "recovery-connect", 2, 1),
  count("rows per 1,000 broadcast messages in one second", "recovery-second", 12, 10),
  count("rows per idle hour, recovery on", "recovery-idle", 0, 0),
  ratio(
    "broadcast to 2,000 on 4 shards, CPU per delivery, over one object",
    "broadcast-2000",
    "shards-workerd",
    1.15,
    1.05,
  ),
  count("calls per broadcast to a room on 4 shards", "shard-calls", 5, 4),
];

/** Holds the budgets against a run. */
export function judgeBudgets(results: Measured): BudgetResult[] {
  return BUDGETS.map((entry) => {
    const { title, unit, budget, aim } = entry;
    const measured = entry.measured(results);
    if (measured === undefined) return { title, unit, budget, aim, verdict: "not measured" };
    const verdict = measured <= aim ? "aim met" : measured <= budget ? "met" : "missed";
    return { title, unit, budget, aim, measured, verdict };
  });
}

function ratio(
  title: string,
  measure: string,
  target: string,
  budget: number,
  aim: number,
): Budget {
  return {
    id: `${measure} ${target}`,
    title,
    unit: "x",
    budget,
    aim,
    mark: { measure, target },
    measured: ({ series }) =>
      series.find((one) => one.measure === measure && one.target === target)?.ratio,
  };
}

/** The milliseconds by which `target` exceeds its floor. */
function excess(
  title: string,
  measure: string,
  target: string,
  budget: number,
  aim: number,
): Budget {
  return {
    id: `${measure} ${target}`,
    title,
    unit: "ms",
    budget,
    aim,
    mark: { measure, target },
    measured: ({ series }) =>
      series.find((one) => one.measure === measure && one.target === target)?.excess,
  };
}

function size(title: string, id: string, budget: number, aim: number): Budget {
  return {
    id,
    title,
    unit: "KiB",
    budget,
    aim,
    measured: ({ sizes }) => {
      const found = sizes.find((one) => one.id === id);
      return found && found.bytes / KIBIBYTE;
    },
  };
}

function count(title: string, id: string, budget: number, aim: number): Budget {
  const measured = ({ counts }: Measured) => counts.find((one) => one.id === id)?.value;
  return { id, title, unit: "", budget, aim, measured };
}
