/** What `io.stats()` gives: a server's sleep in numbers. */
import type { Runtime } from "../../engine/runtime/runtime.ts";
import type { Statistics, WakeCause } from "../../engine/statistics/statistics.ts";
import type { AwakeReason } from "../../sleep/awake/awake-reasons.ts";

/** A server, as far as it is counted. */
interface CountedServer {
  readonly _runtime: Runtime;
  readonly awakeReasons: readonly AwakeReason[];
}

/**
 * Counted since `startedAt`; a sleep does not change that. Times with `At` are in milliseconds since the epoch,
 * durations in milliseconds. It starts anew when the object is restarted (a deploy, a crash), and when it
 * leaves memory with nobody connected.
 */
export interface ServerStats {
  /** Since when it is counted. */
  readonly startedAt: number;
  /** When this was asked. */
  readonly at: number;
  /** Since when the server is awake. */
  readonly wokeAt: number;
  /** The clients that are connected. */
  readonly connections: number;
  /** How often it has slept. */
  readonly naps: number;
  /** How long it has slept, all naps together. */
  readonly slept: number;
  /** The last nap. The platform tells nobody when a nap begins: ten seconds after the last event. */
  readonly lastNap: { readonly startedAt: number; readonly endedAt: number } | undefined;
  /** How often what has ended a nap. */
  readonly wakes: Readonly<Record<WakeCause, number>>;
  /**
   * The same per hour, lately: the mean of this hour, counted from `startedAt`, and the one before. In the first
   * hour, as many as there were.
   */
  readonly wakesPerHour: Readonly<Record<WakeCause, number>>;
  /** How long something that a sleep would lose has kept it awake. */
  readonly held: number;
  /** What does so now: `io.awakeReasons`. */
  readonly awakeReasons: readonly AwakeReason[];
  /** Messages from clients: packets, and pongs where the platform does not answer them by itself. */
  readonly messages: number;
  /** Clients that connected. */
  readonly requests: number;
  /** How often the object's alarm went off. */
  readonly alarms: number;
  /** Rows that the server itself has written to the object's storage; each setting of the alarm is one. */
  readonly rowsWritten: number;
}

/** The statistics of a server as it is now. */
export function statsOf(server: CountedServer): ServerStats {
  const { _runtime: runtime } = server;
  const statistics = runtime.statistics as Statistics;
  // Restores all connections, each of which may have kept a part of the counts.
  const connections = runtime.connectionCount;
  // If this is the first event since a sleep, it was no client that woke the object.
  statistics.explain("call");
  const { counts, wakes } = statistics;
  const { napStartedAt, napEndedAt } = counts;
  return {
    startedAt: counts.startedAt,
    at: counts.lastAt,
    wokeAt: counts.wokeAt,
    connections,
    naps: counts.naps,
    slept: counts.slept,
    lastNap: counts.naps > 0 ? { startedAt: napStartedAt, endedAt: napEndedAt } : undefined,
    wakes: { ...wakes },
    wakesPerHour: statistics.wakesPerHour,
    held: counts.held,
    awakeReasons: server.awakeReasons,
    messages: counts.messages,
    requests: counts.requests,
    alarms: counts.alarms,
    rowsWritten: counts.rows,
  };
}
