/** What a server counts of itself (statistics.ts), and the form in which that is kept: a list of numbers. */

/** What woke an object: the first thing that happened then. */
export type WakeCause =
  /** A client sent something. */
  | "message"
  /** A client's connection ended. */
  | "close"
  /** The heartbeat of the clients, or something else that the server itself waits for. */
  | "heartbeat"
  /** The application's alarm, or a timer of `io.schedule`. */
  | "alarm"
  /** A client connected, or tried to. */
  | "request"
  /** Anything else: a method called by RPC, a request or a WebSocket of the application's own. */
  | "call";

/** The version of the form. */
const VERSION = 2;

/** Counts since a moment, which a sleep does not change. Times in milliseconds (since the epoch: `…At`). */
export interface Counts {
  version: number;
  startedAt: number;
  wokeAt: number;
  /** The last event. */
  lastAt: number;
  napStartedAt: number;
  napEndedAt: number;
  naps: number;
  slept: number;
  held: number;
  rows: number;
  messages: number;
  requests: number;
  alarms: number;
  /** The hour since `startedAt` in which the last event was, from 0. */
  hour: number;
  /** Whether nothing is known yet of what woke it: 0 or 1. */
  isUnexplained: number;
  /** Whether something kept it awake at the last event: 0 or 1. */
  isHeld: number;
}

/** In the order in which they are kept. */
export const NOTHING: Counts = {
  version: VERSION,
  startedAt: 0,
  wokeAt: 0,
  lastAt: 0,
  napStartedAt: 0,
  napEndedAt: 0,
  naps: 0,
  slept: 0,
  held: 0,
  rows: 0,
  messages: 0,
  requests: 0,
  alarms: 0,
  hour: 0,
  isUnexplained: 0,
  isHeld: 0,
};
export type Wakes = Record<WakeCause, number>;
export const NO_WAKES: Readonly<Wakes> = {
  message: 0,
  close: 0,
  heartbeat: 0,
  alarm: 0,
  request: 0,
  call: 0,
};
const NAMES = Object.keys(NOTHING) as (keyof Counts)[];
export const CAUSES = Object.keys(NO_WAKES) as WakeCause[];

export function readCounts(kept: readonly number[]): Counts {
  return Object.fromEntries(NAMES.map((name, at) => [name, kept[at]])) as unknown as Counts;
}

/** `part`: all, those of the hour of the last event, or of the one before: 0 to 2. */
export function readWakes(kept: readonly number[], part: number): Record<WakeCause, number> {
  const from = NAMES.length + part * CAUSES.length;
  return Object.fromEntries(CAUSES.map((cause, at) => [cause, kept[from + at]])) as never;
}

/** Whether kept counts are of the version that this code reads. */
export function isOfThisVersion(kept: readonly number[]): boolean {
  return kept[0] === VERSION && kept.length === NAMES.length + 3 * CAUSES.length;
}
