/** What a walk through a module's code has seen. */
import type * as ESTree from "estree";
import type { Module } from "../code/module.ts";
import type { Place } from "../code/value.ts";
import type { Context } from "./context.ts";

interface Seen {
  readonly module: Module;
  readonly node: ESTree.Node;
  readonly context: Context;
  /** The node of the module in question that led to another one. */
  readonly entry: ESTree.Node | undefined;
}

/** A variable or field that code changes. */
export interface Change extends Seen {
  readonly place: Place;
  readonly how: "assigned" | "mutated";
  /** What was put there. */
  readonly stored: readonly ESTree.Node[];
}

/** A property that code sets on a socket, or around it. */
export interface SetProperty extends Seen {
  /** As the code says it: `socket.country`. */
  readonly name: string;
  /** Whether it is behind an `await` of a function that nobody waits for. */
  readonly isDetached: boolean;
}

/** `socket.on(…)`, `io.use(…)` and the like. */
export interface Registration extends Seen {
  /** `server`: `io`, a namespace or a part of them, which `setup` has; `connection`: `socket.conn`. */
  readonly on: "socket" | "server" | "connection";
  readonly method: string;
  readonly event: string;
}

export interface Timer extends Seen {
  readonly method: string;
  readonly milliseconds: number | undefined;
  /** `await new Promise((resolve) => setTimeout(resolve, 100))`. */
  readonly isWaitedFor: boolean;
  /** Whether `socket.restored` was asked for. */
  readonly isGuarded: boolean;
}

/** Something is written where others see it. */
export interface Effect extends Seen {
  readonly name: string;
  /**
   * `question`: it is an event of that name, which a client is to answer. The others are done by what goes on beside the
   * connection listener. `beside`: something of a socket's or a server's; `counted`: data that goes on from what it was;
   * `replaced`: data that is put in the place of what was there.
   */
  readonly kind: "effect" | "question" | "beside" | "counted" | "replaced";
}

/** A socket listens to something that is neither its own nor its server's: `bus.on("news", …)`. */
export interface OutsideListener extends Seen {
  /** What is called, as a message says it. */
  readonly name: string;
}

/** A package's object that limits, locks or remembers, and keeps that in memory. */
export interface Limiter extends Seen {
  readonly name: string;
  /**
   * `context`: what code behind a middleware finds around it (`AsyncLocalStorage`). `once`: what runs once, or once for
   * each of what it is given. `promise`: what may be settled by an event. `hears`: what an emitter calls once. `counter`: what
   * counts in memory for all who call it.
   */
  readonly kind:
    | ("limiter" | "middleware" | "state" | "context")
    | ("once" | "promise" | "hears" | "counter");
}

/** A module is loaded by a name that may be any. */
export interface UnreadModule extends Seen {
  /** The name, as it is computed. */
  readonly name: string;
}

export class Records {
  readonly changes: Change[] = [];
  readonly properties: SetProperty[] = [];
  readonly registrations: Registration[] = [];
  readonly timers: Timer[] = [];
  readonly effects: Effect[] = [];
  readonly limiters: Limiter[] = [];
  readonly outside: OutsideListener[] = [];
  readonly unread: UnreadModule[] = [];
}
