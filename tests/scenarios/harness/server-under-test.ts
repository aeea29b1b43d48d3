/** What the runner needs of a server that scenarios are run against. */
import type { Entry, Scenario } from "../scenario.ts";

/** A kind of server: the oracle, Dormouse on Node, Dormouse in a Durable Object. */
export interface ServerUnderTest {
  readonly name: string;
  /** Whether this scenario is meaningful here. */
  accepts(scenario: Scenario): boolean;
  /** Starts a fresh server that runs the scenario's server half. */
  start(scenario: Scenario): Promise<RunningServer>;
  /** Releases what all scenarios share. */
  dispose(): Promise<void>;
}

/** One started server. */
export interface RunningServer {
  /** Origin, for example `http://127.0.0.1:4711`. */
  readonly url: string;
  /** What to put before every path, so that several servers can share an origin. */
  readonly pathPrefix: string;
  /** The server half's log so far, with ids as they are. */
  fetchLog(): Promise<Entry[]>;
  /** Called before each thing a client does: the place to evict the object. */
  beforeEvent?(): Promise<void>;
  stop(): Promise<void>;
}
