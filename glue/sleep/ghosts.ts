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
  "close",
];
const GETTERS = ["broadcast", "volatile", "local"];

/**
 * From now on the first use of an object is reported. `kind`: `socket`, as code calls it; `name`: which one.
 * The methods are replaced in the object itself, so that those that live pay nothing.
 */
export function makeGhost(
  object: object,
  kind: string,
  name: string,
  report: (error: Error) => void,
): void {
  let isTold = false;
  const tell = (member: string): void => {
    if (isTold) return;
    isTold = true;
    const problem = `${kind}.${member} of ${name} was used, which is from before a sleep: it has no effect`;
    const instead =
      "do not keep it in a variable; ask io for who is there (io.in(id), io.fetchSockets())";
    report(new Error(`dormouse: ${problem}. ${instead}`));
  };
  for (const member of METHODS) {
    const method = Reflect.get(object, member) as unknown;
    if (typeof method !== "function") continue;
    const value = function (this: unknown, ...args: unknown[]): unknown {
      tell(member);
      return Reflect.apply(method, this, args);
    };
    Object.defineProperty(object, member, { value, configurable: true, writable: true });
  }
  for (const member of GETTERS) {
    if (!(member in object)) continue;
    const prototype = Object.getPrototypeOf(object) as object;
    const get = function (this: unknown): unknown {
      tell(member);
      return Reflect.get(prototype, member, this);
    };
    Object.defineProperty(object, member, { get, configurable: true });
  }
}
