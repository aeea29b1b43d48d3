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

/** What the uses of stale objects of one class are told as. */
export interface Staleness<Of extends object> {
  /** What code calls it: `socket`. */
  readonly kind: string;
  /** Which one it is. */
  describe(object: Of): string;
  report(object: Of, error: Error): void;
  /** Members that hand out what has become stale with the object, beside those that are told of. */
  readonly parts?: PropertyDescriptorMap & ThisType<Of>;
}

/** The stale objects that were used. */
const told = new WeakSet<object>();
/** The prototypes that stale objects get, by those that they had. */
const prototypes = new WeakMap<object, object>();
const replacements = new WeakSet<object>();

/** Gives what reports the first use of a part of a server that is stale. `kind`: what code calls it. */
export function reportFirstUse(
  kind: string,
  report: (error: Error) => void,
): (member: string) => void {
  let isTold = false;
  return (member) => {
    if (isTold) return;
    isTold = true;
    report(useOf(kind, member, "a server"));
  };
}

/**
 * From now on the first use of an object is reported. It gets another prototype, so that objects in use pay nothing;
 * and nothing is kept for each, so that many become stale at once for little: all who were awake do, with a wake,
 * before its event is answered.
 */
export function markStale<Of extends object>(object: Of, staleness: Staleness<Of>): void {
  const original = Object.getPrototypeOf(object) as object;
  if (replacements.has(original)) return;
  let replacement = prototypes.get(original);
  if (replacement === undefined) {
    replacement = stalePrototypeOf(original, staleness as Staleness<object>);
    prototypes.set(original, replacement);
    replacements.add(replacement);
  }
  Object.setPrototypeOf(object, replacement);
}

function useOf(kind: string, member: string, whose: string): Error {
  const problem = `${kind}.${member} of ${whose} was used, which is from before a sleep: it has no effect`;
  return new Error(`${problem}. ${INSTEAD[kind] ?? ASK}`);
}

function stalePrototypeOf(original: object, staleness: Staleness<object>): object {
  const { kind, parts = {} } = staleness;
  const tell = (object: object, member: string): void => {
    if (told.has(object)) return;
    told.add(object);
    staleness.report(object, useOf(kind, member, staleness.describe(object)));
  };
  const getters = kind === "socket" ? SOCKET_GETTERS : GETTERS;
  const replacement = Object.create(original, parts) as object;
  for (const member of METHODS) {
    const method = member in original ? (Reflect.get(original, member) as unknown) : undefined;
    if (typeof method !== "function") continue;
    const value = function (this: object, ...args: unknown[]): unknown {
      if (isWithin) return Reflect.apply(method, this, args);
      tell(this, member);
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
      tell(this, member);
      return Reflect.get(original, member, this);
    };
    const set = function (this: object, value: unknown): void {
      tell(this, member);
      Reflect.set(original, member, value, this);
    };
    Object.defineProperty(replacement, member, { get, set, configurable: true });
  }
  return replacement;
}
