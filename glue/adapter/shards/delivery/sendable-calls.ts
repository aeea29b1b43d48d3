/**
 * What a shard may ask of others. Whoever gets a call that holds more refuses the message as a whole, with what others
 * have sent in the same turn; and clients may decide what is in a call.
 */

import { checkCalls, isName, MAX_ARGUMENTS, MAX_NAME, MAX_ROOMS } from "../../calls/call-checks.ts";
import type { Call } from "../../calls/calls.ts";
import type { Room } from "../../rooms/identifiers.ts";

/**
 * The call without rooms that nobody can be in, for their names are too long; undefined if it is for no other rooms.
 * Throws for what is too much.
 */
export function sendable<Sent extends Call>(call: Sent): Sent | undefined {
  if ("data" in call) {
    const [name] = call.data;
    bound(call.data.length, MAX_ARGUMENTS, "arguments of an event");
    if (typeof name === "string") bound(name.length, MAX_NAME, "characters of an event's name");
  }
  if (!("rooms" in call)) return checked(call);
  bound(call.rooms.length + call.except.length, MAX_ROOMS, "rooms of a call");
  if (call.rooms.every(isShort) && call.except.every(isShort)) return checked(call);
  const rooms = call.rooms.filter(isShort);
  if (rooms.length === 0 && call.rooms.length > 0) return undefined;
  return checked({ ...call, rooms, except: call.except.filter(isShort) });
}

function isShort(room: Room): boolean {
  return typeof room !== "string" || isName(room);
}

function bound(count: number, most: number, what: string): void {
  if (count > most)
    throw new RangeError(`dormouse: across shards there are at most ${most} ${what}`);
}

function checked<Sent extends Call>(call: Sent): Sent {
  checkCalls([call]);
  return call;
}
