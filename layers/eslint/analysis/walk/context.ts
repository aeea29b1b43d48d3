/** When code runs: what the rules ask of every place in it. */
import type * as ESTree from "estree";
import type { Module } from "../code/module.ts";

export type ContextKind =
  /** Once, when the module is loaded. */
  | "module"
  /** With every wake. */
  | "setup"
  /** For every connection, and again in its replays. */
  | "connection"
  /** For an event, a timer, an answer: later than what registered it. */
  | "listener"
  /** Before a connection. */
  | "middleware"
  /** For requests, and for what brokers and devices tell, beside sockets. */
  | "beside"
  /** By somebody out of sight who has a socket. */
  | "helper";

/** The name of what runs as soon as a connection listener is done. */
export const MICROTASK = "a microtask";

export interface Context {
  readonly kind: ContextKind;
  /** As a message says it: `the listener of "join"`. */
  readonly name: string;
  /** The call that had it registered, or the code itself. */
  readonly node: ESTree.Node;
  readonly module: Module;
  /** What started this and goes on meanwhile: of a timer or a promise nobody waits for. */
  readonly origin?: Context;
}

/** A context, and how one got to the code. */
export interface Walk {
  readonly context: Context;
  /** Whether `socket.restored` was asked for. */
  readonly isGuarded: boolean;
  /** The node of the module in question that led out of it. */
  readonly entry: ESTree.Node | undefined;
}

/** Whether it runs later than the connection listener. */
export function isLater({ kind, origin }: Context): boolean {
  return kind === "listener" || (origin !== undefined && isLater(origin));
}

/** Whether it is the last that is heard of a client: nobody asks its variables behind it. */
export function isEnd({ kind, name }: Context): boolean {
  return kind === "listener" && /^the listener of "disconnect(ing)?"$/.test(name);
}

/** Whether it is told of a namespace that a client has made: again after a sleep, as long as somebody is in it. */
export function isToldAgain({ kind, name }: Context): boolean {
  return kind === "listener" && name === 'the listener of "new_namespace"';
}

/** A context and those that started it. */
export function lineage(context: Context): Context[] {
  return context.origin ? [context, ...lineage(context.origin)] : [context];
}

/** A walk that goes on in another module remembers where it left the one in question (`root`). */
export function entering(
  walk: Walk,
  root: Module,
  { from, to, by }: { from: Module; to: Module; by: ESTree.Node },
): Walk {
  if (from === root && to !== root) return { ...walk, entry: by };
  return to === root ? { ...walk, entry: undefined } : walk;
}

/**
 * Whether code runs again with each replay of its socket, without having asked whether it does: also what goes on beside
 * the connection listener.
 */
export function isReplayed({ context, isGuarded }: Walk): boolean {
  return !isGuarded && lineage(context).at(-1)?.kind === "connection";
}
