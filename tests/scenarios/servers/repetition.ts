/**
 * What runs again when an object wakes: its setup, and the connection listeners of sockets that slept
 * (Dormouse marks those sockets as `restored`). What is logged then has been logged before, so it is
 * left out.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Server, Socket } from "socket.io";
import type { Log } from "../scenario.ts";

type Listener = (this: unknown, ...args: unknown[]) => unknown;

const repeated = new AsyncLocalStorage<true>();

/** Runs a function as one that has run before. */
export function repeat<T>(action: () => T): T {
  return repeated.run(true, action);
}

/**
 * The same log without what happens again. `waking`: whether the object is just being made anew, with
 * the namespaces that it had.
 */
export function withoutRepetition(log: Log, waking: () => boolean = () => false): Log {
  return (event, ...values) => {
    if (!repeated.getStore() && !waking()) log(event, ...values);
  };
}

/** Makes connection listeners of this server's class count as repeated for restored sockets. */
export function markRestoredListeners(io: Server): void {
  const prototype = Object.getPrototypeOf(io.sockets) as { on: Listener; marks?: true };
  if (prototype.marks) return;
  const { on } = prototype;
  prototype.marks = true;
  prototype.on = function (this: unknown, event: unknown, listener: unknown) {
    if (event !== "connection" && event !== "connect") return on.call(this, event, listener);
    return on.call(this, event, marked(listener as Listener));
  };
}

function marked(listener: Listener): Listener {
  return function (this: unknown, socket: unknown) {
    const { restored } = socket as Socket & { restored?: boolean };
    const run = () => listener.call(this, socket);
    return restored ? repeat(run) : run();
  };
}
