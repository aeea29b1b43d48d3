/** What code that runs again after a sleep does not make again: as reasons to stay awake. */
import { DIAGNOSTICS } from "../../common/diagnostics.ts";
import { whyLeftOut } from "../../common/features.ts";
import { HABITS } from "../../common/pages.ts";
import type { Registrant } from "../../engine/connections/registrant.ts";
import type { AwakeReason } from "./awake-reasons.ts";

/** An acknowledgement that is waited for. */
export interface PendingAck {
  /** The id of the packet that asked for it. */
  readonly id: number;
  /** Who is to give it: `socket <id> in <namespace>`. */
  readonly whose: string;
}

/** A listener, or a middleware, that nobody adds again. `method`: how it was added, `on("news")`. */
export function lateListener(to: Registrant, method: string): AwakeReason {
  return reason(
    to,
    method,
    typeof DORMOUSE_DIAGNOSTICS === "undefined" || DORMOUSE_DIAGNOSTICS
      ? `register it in ${placeOf(to).code}, and keep what it has to know in`
      : HABITS,
  );
}

/** What runs again adds a listener again that was taken off. `method`: how it was added. */
export function lateRemoval(from: Registrant, method: string): AwakeReason {
  const instead =
    typeof DORMOUSE_DIAGNOSTICS === "undefined" || DORMOUSE_DIAGNOSTICS
      ? `leave what ${placeOf(from).code} registers, and let it ask whether it is still wanted:`
      : HABITS;
  return reason(from, method.replace("on", "off"), instead);
}

/** The same of a socket, where that which removes it again was left out. */
export function unkeptRemoval(from: Registrant, method: string): AwakeReason {
  const removal = lateRemoval(from, method);
  const why = `to remove it again ${whyLeftOut("DORMOUSE_REMAKING")}`;
  return { ...removal, instead: `${removal.instead}; ${why}` };
}

/** Middlewares have left more than data, and do not run again. */
export function notRepeated(of: Registrant): AwakeReason {
  return {
    kind: "property",
    what: "what middlewares have left",
    whose: of._describe(),
    instead: `keep data in socket.data: to run them again after a sleep ${whyLeftOut("DORMOUSE_REMAKING")}`,
  };
}

/** A connection listener's promise has come true with an event, and would wait for another after a sleep. `method`: how. */
export function lateAwait(of: Registrant, method: string): AwakeReason {
  const instead = DIAGNOSTICS ? "listen for it, and keep what has come in" : HABITS;
  return reason(of, `${method} awaited`, instead);
}

/** One object is in the data of several clients, or in `io.data`, too: each would have a copy of its own after a sleep. */
export function sharedData(what: string, whose: string): AwakeReason {
  const instead = DIAGNOSTICS
    ? "another socket has the same object in its data, or io.data has, and each would have a copy of its own after a " +
      "sleep: keep it in io.data, once, and its name elsewhere; give each a copy, or freeze it (Object.freeze), if nobody " +
      "changes it"
    : HABITS;
  return { kind: "data", what, whose, instead };
}

/** Where listeners have to be added to be there after a sleep, and what outlasts it there. */
function placeOf(of: Registrant): { code: string; data: string } {
  return of._calledAs.startsWith("socket")
    ? { code: "the connection listener", data: "socket.data" }
    : { code: "setup", data: "io.data" };
}

/** `instead` ends in front of where things are to be kept, or is an address. */
function reason(of: Registrant, method: string, instead: string): AwakeReason {
  return {
    kind: "listener",
    what: `${of._calledAs}.${method}`,
    whose: of._describe(),
    instead:
      typeof DORMOUSE_DIAGNOSTICS === "undefined" || DORMOUSE_DIAGNOSTICS
        ? `${instead} ${placeOf(of).data}`
        : instead,
  };
}

/** A namespace that clients could not join any more. */
export function lateNamespace(made: Registrant): AwakeReason {
  return {
    kind: "namespace",
    what: made._calledAs,
    whose: "the server",
    instead: DIAGNOSTICS
      ? "make it in setup, or have setup make a pattern that its name matches"
      : HABITS,
  };
}

/** An adapter that does not extend ours: what it knows of rooms, nobody else does. */
export function foreignAdapter(of: Registrant): AwakeReason {
  return {
    kind: "adapter",
    what: "adapter.rooms",
    whose: of._describe(),
    instead: DIAGNOSTICS
      ? "extend the Adapter of this package, which keeps no rooms itself"
      : HABITS,
  };
}

export function ackReason({ id, whose }: PendingAck): AwakeReason {
  return {
    kind: "acknowledgement",
    what: `acknowledgement ${id}`,
    whose,
    instead: DIAGNOSTICS ? "say by timeout() how long it is waited for" : HABITS,
  };
}
