import type { Endpoint, Protocol } from "../load/commands.ts";

/** A server to measure. A new peer is one more of these in `index.ts`. */
export interface Target {
  readonly id: string;
  /** Name in tables and plots. */
  readonly title: string;
  readonly runtime: "workerd" | "node";
  readonly protocol: Protocol;
  /** The target whose figures are 1.0 in this target's ratios; its own id if it is a floor. */
  readonly floor: string;
  /** Floors of single measures, by the measure's id, where `floor` would be asked for less than the target does. */
  readonly floors?: Readonly<Record<string, string>>;
  /** Whether clients may begin with long-polling; default: WebSockets alone. */
  readonly polls?: true;
  /** Ids of the measures that say something of it; default: all. */
  readonly only?: readonly string[];
  /** Whether it runs only where it is asked for by its id: a whole run does without. */
  readonly onRequest?: true;
  /** Why the target cannot run here, or undefined if it can. */
  unavailable(): string | undefined;
  /** Starts a server that has served nothing yet. */
  start(): Promise<RunningServer>;
}

/** The target whose figures in `measure` are 1.0 in those of `target`. */
export function floorOf(target: Target, measure: string): string {
  return target.floors?.[measure] ?? target.floor;
}

/** A started server. */
export interface RunningServer {
  readonly endpoint: Endpoint;
  /** Puts the object to sleep with its connections open; undefined where nothing sleeps. */
  readonly hibernate?: () => Promise<void>;
  /** Ends the process as a crash does; undefined where nothing outlives it. */
  readonly kill?: () => Promise<void>;
  stop(): Promise<void>;
}
