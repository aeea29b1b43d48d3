/**
 * Messages that come again because the object ended before it could say that it has them. What is in the storage
 * already is not kept, nor sent, once more: their receivers have lost their connections since, and get it with all that
 * they missed.
 */
import type { Room } from "../rooms/identifiers.ts";
import type { PacketRing } from "./packet-ring.ts";
import { messageKey } from "./packet-row.ts";

/** How long after it was kept a message may be sent again, in milliseconds. */
const RESENT_WITHIN = 60_000;

export class ResentMessages {
  /** Until when they may come, in milliseconds since the epoch. */
  #until = Number.NEGATIVE_INFINITY;
  /** What was kept before; undefined: not read yet, or not needed any more. */
  #kept: ReadonlySet<string> | undefined;

  /** The object has started, and may have ended in the middle of something. */
  expect(now: number): void {
    this.#until = now + RESENT_WITHIN;
  }

  /** Whether the message for these rooms was kept before the object ended. To be asked before it is kept now. */
  has(message: string, rooms: Iterable<Room>, ring: PacketRing, now: number): boolean {
    if (now > this.#until) {
      this.#kept = undefined;
      return false;
    }
    this.#kept ??= ring.messagesSince(this.#until - 2 * RESENT_WITHIN);
    return this.#kept.has(messageKey(message, [...rooms]));
  }
}
