/**
 * The current server of each object: there is one at a time. An isolate's variables may hold an older one, for isolates
 * outlive objects.
 */
import type { Server } from "../../../glue/socket.io/server/server.ts";
import type { Any } from "../../../glue/socket.io/types/typed-events.ts";

/**
 * The servers of the isolate's objects, by the ids of these. Nothing of one object is seen by another: an
 * object that starts finds itself as it was before it slept.
 */
const servers = new Map<string, WeakRef<Server<Any, Any, Any, Any>>>();
/** Objects that nothing holds any more need no entry. Older compatibility dates have no such registry. */
const collected =
  typeof FinalizationRegistry === "function"
    ? new FinalizationRegistry<string>((id) => {
        if (servers.get(id)?.deref() === undefined) servers.delete(id);
      })
    : undefined;

/**
 * The object with this id has a new server: the one before is stale (glue/sleep/stale-objects.ts). Where there are
 * no `WeakRef`s (older compatibility dates, as PartyKit has), nobody knows what it had before.
 */
export function retirePredecessor(id: string, server: Server<Any, Any, Any, Any>): void {
  if (typeof WeakRef !== "function") return;
  servers.get(id)?.deref()?._sessions.retire();
  servers.set(id, new WeakRef(server));
  collected?.register(server, id);
}

/** The states of objects, and rooms, that have a server. */
const served = new WeakSet<object>();

/**
 * To be called before a server takes anything of its object (`state`: that, or the room): two would take each other's
 * WebSockets, alarms and snapshots for their own.
 *
 * @throws Error if it has a server
 */
export function claimObject(state: object): void {
  if (served.has(state)) throw new Error(`dormouse: ${ONE_SERVER}`);
  served.add(state);
}

const ONE_SERVER =
  "there is a server in this object already. Make the second one a namespace (io.of), or give it " +
  "a Durable Object class and a binding of its own";
