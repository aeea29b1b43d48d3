/**
 * How a lost client's session gets to the shard that the client comes back to, when that is another than before.
 * The one that has it is its *giver* here, the one that wants it the *taker*; both are any shards. Nothing of this
 * runs, is sent or is stored as long as nobody comes back elsewhere.
 *
 * A message that the client misses may be on its way while the session moves, by several ways and to both. What the
 * journals promise holds nevertheless: all of it, once, in the order of each sender and room, or a new session.
 *
 *     client ── CONNECT (pid, offset) ─> taker                     giver
 *                  1. find ───────────────┼───────────────────────> │ the old socket ends; fence to the taker
 *                                         │ <─────────────── rooms ─┤
 *                  2. the taker keeps what it gets from now on, tells the homes of all rooms that it has a member,
 *                     fence to the giver  │
 *                  3. take ───────────────┼───────────────────────> │ gives all that was missed, forgets the session,
 *                                         │                         │ knows where it is; fence to the taker
 *                                         │ <────── what was missed ┤
 *                  4. the taker puts together what both have, in its own journal
 *     client <─ the same sid and pid ─────┤
 *
 * **Fences.** Calls to one shard start in order, and are performed before they wait for anything, or held back until
 * their turn comes. So a call that has nothing to do but to wait for what is held back says, once it is answered, that
 * all before it has been performed. A fence *to* a shard goes to the
 * homes of all rooms of the session, behind everything that was sent to them, and from each home to that shard, behind
 * everything that the home has passed on.
 *
 * - The fence of 1: what the giver has had before, also what the client has got, is not on its way to the taker any
 *   more. So nothing that the taker keeps from now on is known to the client.
 * - The fence of 2: what the homes have passed on before they knew the taker, and what the taker itself has sent
 *   before it began to keep, has reached the giver. So it is in what the giver gives.
 * - The fence of 3: what the giver gives is not on its way to the taker any more. So the taker, which has a copy of
 *   each packet, knows the copies by the `message` that they are kept with, and drops them.
 *
 * What only the taker has was passed on after all that the giver has, of each home; so it comes behind.
 *
 * **When something fails** (a shard is reset, does not answer in time, or has not all of it) the client gets a new
 * session, as it always may. The old one is with the giver until `take`, and with the taker after it. Between them
 * is one answer: if the taker is gone when it comes, the session is, too, and nobody hears that it expired.
 *
 * **Where sessions are.** A `pid` names the shard that made it, its *birthplace*, which remembers for each of them
 * that has moved where it is, until it hears that the session is over. Everybody asks there first. A giver that is
 * not the birthplace remembers it, too, for as long as it does not sleep: until the birthplace knows. `times` counts
 * the moves, so that what comes late changes nothing.
 *
 * A client that is lost again before it got anything here comes back with the offset that it came with: that means
 * "all since it came".
 */
import type { SessionRecord } from "../../recovery/session-records.ts";
import type { MovingPart } from "../messages/session-messages.ts";
import type { RoomOrAll, ShardIndex } from "../placement/placement.ts";
import { ForwardingAddresses } from "./forwarding-addresses.ts";
import type { MovingOwner } from "./moving-owner.ts";
import { SessionGiver } from "./session-giver.ts";
import { SessionTaker, type WantedSession } from "./session-taker.ts";

/** The sessions that come to a shard and leave it. */
export class MovingSessions {
  readonly #owner: MovingOwner;
  readonly #addresses: ForwardingAddresses;
  readonly #giver: SessionGiver;
  readonly #taker: SessionTaker;

  constructor(owner: MovingOwner) {
    this.#owner = owner;
    const { runtime, journal } = owner;
    this.#addresses = new ForwardingAddresses(runtime.host.storage);
    this.#taker = new SessionTaker(owner, this.#addresses);
    this.#giver = new SessionGiver(owner, this.#addresses, this.#taker);
    journal.onMovedEnd = (record) => this.#tellEnd(record);
  }

  /**
   * Fetches a session that is on another shard into this one's journal. Resolves when it is there, or cannot be had;
   * undefined if there is nothing to fetch.
   */
  fetch(wanted: WantedSession): Promise<void> | undefined {
    return this.#taker.fetch(wanted);
  }

  /** A namespace's room whose session is on its way here; undefined if there is none. */
  awaits(namespace: string, room: RoomOrAll): { parent: number | undefined } | undefined {
    return this.#taker.awaits(namespace, room);
  }

  /** What another shard asks for. */
  handle(from: ShardIndex, part: MovingPart): unknown {
    switch (part.kind) {
      case "findSession":
        return this.#giver.find(from, part);
      case "takeSession":
        return this.#giver.take(from, part);
      case "sessionMoved":
        return this.#noteMove(from, part.pid, part.times);
      case "sessionEnded":
        return this.#noteEnd(from, part);
    }
  }

  #noteMove(to: ShardIndex, pid: string, times: number): void {
    const known = this.#addresses.get(pid);
    // Else it is here, or over.
    if (known !== undefined && known.times < times) this.#addresses.put(pid, { to, times });
  }

  #noteEnd(
    from: ShardIndex,
    { namespace, pid, sid, times }: MovingPart & { kind: "sessionEnded" },
  ) {
    const known = this.#addresses.get(pid);
    if (known !== undefined && known.times <= times) this.#addresses.delete(pid);
    if (sid !== undefined) this.#owner.forgetOwnRoom(namespace, sid, from);
  }

  #tellEnd({ namespace, pid, sid, moved }: SessionRecord): void {
    const { index, birthplaceOf, ask } = this.#owner;
    const birthplace = birthplaceOf(pid);
    if (birthplace === undefined || birthplace === index || moved === undefined) return;
    // If it does not get there, the birthplace finds out when somebody asks.
    ask(birthplace, { kind: "sessionEnded", namespace, pid, sid, times: moved.times });
  }
}
