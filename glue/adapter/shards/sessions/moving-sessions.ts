/**
 * Moves a lost client's session to the shard that the client comes back to, if that is another than before. The
 * shard that has the session is the *giver*, the one that wants it the *taker*. Nothing of this runs, is sent or is
 * stored as long as no client comes back to another shard.
 *
 * While the session moves, messages that the client misses may be on their way to both shards. The journals' promise
 * holds nevertheless: the client gets all of them, once, in the order of each sender and room, or a new session.
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
 * **Fences.** Calls to one shard arrive in order. Each is performed at once, or held back until its turn comes. A
 * fence is a call that only waits for those held back, so its answer says that all calls before it were performed. A
 * fence *to* a shard goes to the homes of all rooms of the session, behind everything that was sent to them, and from
 * each home to that shard, behind everything that the home has passed on.
 *
 * - The fence of 1: packets that the giver had before, and may have sent to the client, are not on their way to the
 *   taker any more. So the client knows none of the packets that the taker keeps from now on.
 * - The fence of 2: packets that the homes passed on before they knew the taker, and those that the taker sent before
 *   it began to keep them, have reached the giver. So the giver gives them.
 * - The fence of 3: packets that the giver gives are not on their way to the taker any more. So the taker has its
 *   copies by then: it finds them by their `message`, and drops them.
 *
 * Each home passed on the packets that only the taker has after those that the giver has, so they come behind these.
 *
 * **When something fails** (a shard is reset, does not answer in time, or lacks a packet) the client gets a new
 * session, as it always may. The giver has the old one until it answers `take`, the taker after it has that answer.
 * If the taker is gone when the answer comes, the session is lost, and no `expire-session` tells of it.
 *
 * **Where sessions are.** A `pid` names the shard that made it, its *birthplace*. That remembers where each session
 * that has moved is, until it hears that the session is over. Every taker asks there first. A giver that is not the
 * birthplace remembers it as well, but only until it sleeps: the birthplace knows by then. `times` counts the moves,
 * so that messages that come late change nothing.
 *
 * A client that is lost again before it received anything here comes back with the offset that it came with, which
 * then means "all packets since it came".
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
