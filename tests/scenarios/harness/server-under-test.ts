/** What the runner needs of a server that scenarios are run against. */
import type { Entry, Scenario } from "../scenario.ts";
import type { ClientKind } from "./client-kinds.ts";

/** A kind of server: the oracle, Dormouse on Node, Dormouse in a Durable Object. */
export interface ServerUnderTest {
  readonly name: string;
  /** Scenarios under way at the same time; default: as many as two cores can take. */
  readonly concurrency?: number;
  /** Default: over WebSocket. */
  readonly clients?: ClientKind;
  /** Whether this scenario is meaningful here. */
  accepts(scenario: Scenario): boolean;
  /** Starts a fresh server that runs the scenario's server half. */
  start(scenario: Scenario): Promise<RunningServer>;
  /** Releases what all scenarios share. */
  dispose(): Promise<void>;
}

/** Where a client connects to. */
export interface Place {
  /** Origin, for example `http://127.0.0.1:4711`. */
  readonly url: string;
  /** What to put before every path, so that several servers can share an origin. */
  readonly pathPrefix: string;
}

/** One started server. */
export interface RunningServer extends Place {
  /** Where the client with this number (from 0) connects to, if not all do to the same place. */
  placeOf?(client: number): Place;
  /** Waits until nothing is on its way within the server, where it is several. */
  settle?(): Promise<void>;
  /** The server half's log so far, with ids as they are. */
  fetchLog(): Promise<Entry[]>;
  /**
   * Called before each thing a client does: the place to evict the object. `isAnybodyThere`: whether a client
   * of the scenario is connected. Gives true if no connection is there any more.
   */
  beforeEvent?(isAnybodyThere: boolean): Promise<unknown>;
  /** What stood still since a time, in milliseconds: a line each, for a scenario that failed. */
  stoodStill?(since: number): string[];
  stop(): Promise<void>;
}
