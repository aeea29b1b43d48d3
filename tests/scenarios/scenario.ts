/**
 * What a scenario is. A scenario is written once and runs against every server: the server half is
 * plain code for `socket.io` 4.8 and may use only `io`, its arguments and `log`; the client half
 * drives it with the stock client or with raw WebSocket frames.
 *
 * Scenario files are bundled into a Worker as a whole. They may import types from anywhere, but at
 * run time only from files without Node modules (this one, `controls.ts`); whatever a client half
 * needs comes with its context.
 */
import type { Server, ServerOptions } from "socket.io";
import type { ClientContext } from "./harness/context.ts";

/** Notes an observation of the server half. Values are encoded at once (see `encode.ts`). */
export type Log = (event: string, ...values: unknown[]) => void;

/** One observation: its name, then the encoded values. */
export type Entry = [event: string, ...values: unknown[]];

/** One scenario: a server, what clients do to it, and what must be seen. */
export interface Scenario {
  /** Unique in the suite. */
  name: string;
  /** Server options, as for `new Server(options)`. */
  options?: Partial<ServerOptions>;
  /** Registers listeners; runs once per server (and again whenever a sleeping object wakes). */
  server(io: Server, log: Log): void;
  /** Drives the server and states at least one expectation through `context.expect`. */
  client(context: ClientContext): Promise<void>;
  /**
   * Why an object that runs this server code must not sleep between two events: what the code
   * keeps in closures, or a listener that is not registered on every wake. Such a scenario runs
   * without eviction.
   */
  awake?: string;
  /** Why this can only be seen on a Node server (a port, `httpServer`). */
  nodeOnly?: string;
}

/** Keeps the literal types of a group of scenarios checked where they are written. */
export function scenarios(list: Scenario[]): Scenario[] {
  return list;
}

/** A promise that is resolved after so many milliseconds; only where time itself is the subject. */
export function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
