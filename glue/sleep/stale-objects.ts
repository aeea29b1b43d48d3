/**
 * Stale objects: servers, namespaces, sockets and connections from before a sleep that variables still hold, for a
 * module's variables may outlive the Durable Object. What is called on them has no effect, and the first call says so.
 */

import { DIAGNOSTICS } from "../common/diagnostics.ts";
import { HABITS } from "../common/pages.ts";

/** What has an effect, or is asked for one. */
const METHODS = [
  "emit",
  "emitWithAck",
  "send",
  "write",
  "to",
  "in",
  "except",
  "timeout",
  "join",
  "leave",
  "leaveAll",
  "disconnect",
  "on",
  "once",
  "use",
  "of",
  "fetchSockets",
  "socketsJoin",
  "socketsLeave",
  "disconnectSockets",
  "serverSideEmit",
  "serverSideEmitWithAck",
  "close",
];
/** What is asked of one, and is not up to date any more. */
const GETTERS = ["broadcast", "volatile", "local", "rooms"];
/** The same for sockets, with `data`. Of a server, `io.data` reports its use itself. */
const SOCKET_GETTERS = [...GETTERS, "data"];

/** What to do instead of keeping it. */
const ASK = DIAGNOSTICS
  ? "Do not keep it in a variable; ask io for who is there (io.in(id), io.fetchSockets())"
  : HABITS;
const INSTEAD: Record<string, string | undefined> = DIAGNOSTICS
  ? {
      "io.data": "Do not keep it in a variable; read io.data of the io that setup gets",
      "io.schedule": "Do not keep it in a variable; call io.schedule of the io that setup gets",
      "io.engine": "Do not keep it in a variable; use io.engine of the io that setup gets",
    }
  : {};

/** Whether the code that runs was called by a method of a stale object, whose use was reported. */
let isWithin = false;

type Tell = (member: string) => void;

/** The stale objects, each with what reports its first use. */
const stale = new WeakMap<object, Tell>();
/** The prototypes that stale objects get, by those that they had. */
const prototypes = new WeakMap<object, object>();

/**
 * Gives what reports the first use of something stale. `kind`: what code calls it (`socket`); `describe`: which one
 * it is.
 */
export function reportFirstUse(
  kind: string,
  describe: () => string,
  report: (error: Error) => void,
): Tell {
  let isTold = false;
  return (member) => {
    if (isTold) return;
    isTold = true;
    const problem = `${kind}.${member} of ${describe()} was used, which is from before a sleep: it has no effect`;
    report(new Error(`${problem}. ${INSTEAD[kind] ?? ASK}`));
  };
}

/**
 * From now on the first use of an object is reported. It gets another prototype, so that objects in use pay
 * nothing, and many become stale at once for little.
 */
export function markStale(
  object: object,
  kind: string,
  describe: () => string,
  report: (error: Error) => void,
): void {
  if (stale.has(object)) return;
  stale.set(object, reportFirstUse(kind, describe, report));
  const original = Object.getPrototypeOf(object) as object;
  let replacement = prototypes.get(original);
  if (replacement === undefined) {
    replacement = stalePrototypeOf(original, kind === "socket" ? SOCKET_GETTERS : GETTERS);
    prototypes.set(original, replacement);
  }
  Object.setPrototypeOf(object, replacement);
}

function stalePrototypeOf(original: object, getters: readonly string[]): object {
  const replacement = Object.create(original) as object;
  for (const member of METHODS) {
    const method = member in original ? (Reflect.get(original, member) as unknown) : undefined;
    if (typeof method !== "function") continue;
    const value = function (this: object, ...args: unknown[]): unknown {
      if (isWithin) return Reflect.apply(method, this, args);
      stale.get(this)?.(member);
      isWithin = true;
      try {
        return Reflect.apply(method, this, args);
      } finally {
        isWithin = false;
      }
    };
    Object.defineProperty(replacement, member, { value, configurable: true, writable: true });
  }
  for (const member of getters) {
    if (!(member in original)) continue;
    const get = function (this: object): unknown {
      stale.get(this)?.(member);
      return Reflect.get(original, member, this);
    };
    const set = function (this: object, value: unknown): void {
      stale.get(this)?.(member);
      Reflect.set(original, member, value, this);
    };
    Object.defineProperty(replacement, member, { get, set, configurable: true });
  }
  return replacement;
}
