/**
 * Objects from before a sleep that variables still hold: a module's variables may outlive the object. They
 * are dead, and what is called on them has no effect: the first call says so.
 */

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
/** The same of sockets alone: `io.data` tells by itself. */
const SOCKET_GETTERS = [...GETTERS, "data"];

/** What to do instead of keeping it. */
const ASK = "Do not keep it in a variable; ask io for who is there (io.in(id), io.fetchSockets())";
const INSTEAD: Record<string, string> = {
  "io.data": "Do not keep it in a variable; read io.data of the io that setup gets",
  "io.schedule": "Do not keep it in a variable; call io.schedule of the io that setup gets",
  "io.engine": "Do not keep it in a variable; use io.engine of the io that setup gets",
};

/** Whether the code that runs was called by a dead one's method, which was told of. */
let isWithin = false;

type Tell = (member: string) => void;

/** Who is dead, with what reports its first use. */
const ghosts = new WeakMap<object, Tell>();
/** What the dead of a class have for a prototype, by that of the living. */
const prototypes = new WeakMap<object, object>();

/**
 * Gives what reports the first use of something that is dead: `kind`, as code calls it (`socket`), `describe`:
 * which one.
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
 * From now on the first use of an object is reported. It gets another prototype, so that those that live pay
 * nothing, and many die at once for little.
 */
export function makeGhost(
  object: object,
  kind: string,
  describe: () => string,
  report: (error: Error) => void,
): void {
  if (ghosts.has(object)) return;
  ghosts.set(object, reportFirstUse(kind, describe, report));
  const alive = Object.getPrototypeOf(object) as object;
  let dead = prototypes.get(alive);
  if (dead === undefined) {
    dead = prototypeOfDead(alive, kind === "socket" ? SOCKET_GETTERS : GETTERS);
    prototypes.set(alive, dead);
  }
  Object.setPrototypeOf(object, dead);
}

function prototypeOfDead(alive: object, getters: readonly string[]): object {
  const dead = Object.create(alive) as object;
  for (const member of METHODS) {
    const method = member in alive ? (Reflect.get(alive, member) as unknown) : undefined;
    if (typeof method !== "function") continue;
    const value = function (this: object, ...args: unknown[]): unknown {
      if (isWithin) return Reflect.apply(method, this, args);
      ghosts.get(this)?.(member);
      isWithin = true;
      try {
        return Reflect.apply(method, this, args);
      } finally {
        isWithin = false;
      }
    };
    Object.defineProperty(dead, member, { value, configurable: true, writable: true });
  }
  for (const member of getters) {
    if (!(member in alive)) continue;
    const get = function (this: object): unknown {
      ghosts.get(this)?.(member);
      return Reflect.get(alive, member, this);
    };
    const set = function (this: object, value: unknown): void {
      ghosts.get(this)?.(member);
      Reflect.set(alive, member, value, this);
    };
    Object.defineProperty(dead, member, { get, set, configurable: true });
  }
  return dead;
}
