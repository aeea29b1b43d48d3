/**
 * Tells which sessions a crash would end. While much is sent, packets are written in batches, and a crash loses the
 * last one. So the storage says beforehand who may be concerned: those who were sent something lately, or everybody
 * where these change all the time. The sessions of all others survive the crash.
 */

import { areSameTexts } from "../../common/values.ts";
import type { SessionToPersist } from "../rooms/adapter.ts";
import type { PrivateSessionId } from "../rooms/identifiers.ts";

/** Who may have missed something: namespaces, rooms and sessions by their keys. */
export type AtRisk = readonly string[] | "everybody";

/** A session with its namespace. */
type Concerned = Pick<SessionToPersist, "pid" | "rooms"> & { namespace: string };

/** With more keys, or more UTF-16 units in them, everybody is at risk. */
const MAX_KEYS = 64;
const MAX_LENGTH = 2_000;
/** What `AtRisk` takes up at most, in bytes. */
export const MAX_AT_RISK_BYTES = 2 * MAX_LENGTH + 8 * MAX_KEYS;
/** Those to whom nothing was sent for so many milliseconds are not at risk any more. */
const MEMORY = 10_000;
/** Everybody is at risk for so many milliseconds after a new receiver: naming each would cost a write. */
const CALM = 1_000;

/** The key of all in a namespace. */
export function namespaceKey(namespace: string): string {
  return `n${namespace}`;
}

/** The key of the members of a room. */
export function roomKey(namespace: string, room: string): string {
  return `r${namespace}\0${room}`;
}

/** The key of one session. */
export function sessionKey(pid: PrivateSessionId): string {
  return `s${pid}`;
}

/** Whether a session may have missed something. */
export function isAtRisk(
  atRisk: AtRisk | undefined,
  { pid, rooms, namespace }: Concerned,
): boolean {
  if (atRisk === undefined || atRisk === "everybody") return atRisk !== undefined;
  const is = (key: string): boolean => atRisk.includes(key);
  return (
    is(namespaceKey(namespace)) ||
    is(sessionKey(pid)) ||
    rooms.some((room) => is(roomKey(namespace, room)))
  );
}

export class RecentTargets {
  /** When something was sent last, by key. In milliseconds since the epoch. */
  readonly #seen = new Map<string, number>();
  #newAt = Number.NEGATIVE_INFINITY;
  /** What the storage says: whole, and as a set. */
  #written: AtRisk | undefined;
  #set: ReadonlySet<string> = new Set();

  /** What the storage says from now on. */
  set written(atRisk: AtRisk | undefined) {
    this.#written = atRisk;
    this.#set = new Set(atRisk === "everybody" ? [] : atRisk);
  }

  /** Something is sent to these. Returns whether the storage names all of them. */
  note(keys: readonly string[], now: number): boolean {
    let isSaid = true;
    for (const key of keys) {
      const before = this.#seen.get(key);
      if (before === undefined) this.#newAt = now;
      const isDue = before === undefined ? this.#seen.size < MAX_KEYS : before !== now;
      if (isDue) this.#seen.set(key, now);
      isSaid &&= this.#written === "everybody" || this.#set.has(key);
    }
    return isSaid;
  }

  /** Who may be concerned by what is sent from now on. */
  atRisk(now: number): AtRisk {
    let length = 0;
    for (const [key, at] of this.#seen) {
      if (at < now - MEMORY) this.#seen.delete(key);
      else length += key.length;
    }
    if (now - this.#newAt < CALM || length > MAX_LENGTH) return "everybody";
    const atRisk = [...this.#seen.keys()];
    return isSame(atRisk, this.#written) ? this.#written : atRisk;
  }
}

function isSame(atRisk: readonly string[], other: AtRisk | undefined): other is AtRisk {
  return other !== undefined && other !== "everybody" && areSameTexts(atRisk, other);
}
