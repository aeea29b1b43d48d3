/** Fetches the session of a client that came here from another shard. `moving-sessions.ts` explains the steps. */

import { received } from "../../calls/received-values.ts";
import type { KeptPacket } from "../../recovery/packet-row.ts";
import type { AdapterNamespace } from "../../rooms/adapter-namespace.ts";
import type { PrivateSessionId, Room } from "../../rooms/identifiers.ts";
import { within } from "../messages/patience.ts";
import {
  checkFound,
  checkTaken,
  type MovedPacket,
  type MovingPart,
  type TakenSession,
} from "../messages/session-messages.ts";
import type { RoomOrAll, ShardIndex } from "../placement/placement.ts";
import type { ForwardingAddresses } from "./forwarding-addresses.ts";
import { withOffset } from "./frames-with-offset.ts";
import type { MovingOwner } from "./moving-owner.ts";

/** How long a client waits for its session, in milliseconds. Each fence may take one second, if order is waited for. */
const PATIENCE = 10_000;
/** Failures are reported once in so many milliseconds: a shard that fails does so for many sessions. */
const REPORT_INTERVAL = 1000;
/** How often a session may move on while it is looked for. */
const MAX_HOPS = 6;
/** How many sessions may move here at the same time. Other clients get new sessions. */
const MAX_COMING = 500;

/** A session that a client asks for. */
export interface WantedSession {
  nsp: AdapterNamespace;
  pid: PrivateSessionId;
  /** The offset of the last packet that the client has got. */
  offset: string | undefined;
  /** Whether the client still is there: it may be asking another shard by now. */
  isWaiting: () => boolean;
}

/** A session that is on its way here. */
interface Coming extends WantedSession {
  /** The rooms whose packets are kept for it; undefined as long as they are not known. */
  rooms: ReadonlySet<RoomOrAll> | undefined;
  /** Whether the giver was asked for it and has not answered: it may have given the session away already. */
  isTaken: boolean;
  arrival: Promise<void>;
}

export class SessionTaker {
  readonly #owner: MovingOwner;
  readonly #addresses: ForwardingAddresses;
  readonly #coming = new Map<string, Coming>();
  #reportedAt = Number.NEGATIVE_INFINITY;

  constructor(owner: MovingOwner, addresses: ForwardingAddresses) {
    this.#owner = owner;
    this.#addresses = addresses;
  }

  /** See `MovingSessions`. */
  fetch(wanted: WantedSession): Promise<void> | undefined {
    const { pid, nsp, isWaiting } = wanted;
    const { journal } = this.#owner;
    const isHere = journal.find(nsp.name, pid) !== undefined || journal.nextNumber === undefined;
    const start = isHere ? undefined : this.#startFor(pid);
    if (start === undefined || !isWaiting()) return undefined;
    // Another connection of the client's may have asked for it, and may be gone.
    const before = this.#coming.get(pid);
    if (before !== undefined) return this.#soon(before.arrival.then(() => this.fetch(wanted)));
    if (this.#coming.size >= MAX_COMING) return undefined;
    const coming: Coming = {
      ...wanted,
      rooms: undefined,
      isTaken: false,
      arrival: Promise.resolve(),
    };
    this.#coming.set(pid, coming);
    coming.arrival = this.#search(coming, start)
      .catch((error) => this.#report(error))
      .finally(() => this.#coming.delete(pid));
    return this.#soon(coming.arrival);
  }

  /**
   * Resolves when the session is here, or will not be; undefined if it has not left another shard. Shards that are
   * still looking for it do not wait for each other.
   */
  arrival(pid: string): Promise<void> | undefined {
    const coming = this.#coming.get(pid);
    return coming?.isTaken ? this.#soon(coming.arrival) : undefined;
  }

  /** See `MovingSessions`. */
  awaits(namespace: string, room: RoomOrAll): { parent: number | undefined } | undefined {
    for (const { nsp, rooms } of this.#coming.values()) {
      if (nsp.name !== namespace || rooms === undefined) continue;
      if (room === null || rooms.has(room)) return { parent: nsp._parentIndex };
    }
    return undefined;
  }

  /** The shard that is asked first. */
  #startFor(pid: string): ShardIndex | undefined {
    const birthplace = this.#owner.birthplaceOf(pid);
    return birthplace === this.#owner.index ? this.#addresses.get(pid)?.to : birthplace;
  }

  async #search(coming: Coming, start: ShardIndex): Promise<void> {
    const { nsp, pid, isWaiting } = coming;
    let at = start;
    let times: number | undefined;
    for (let hop = 0; hop < MAX_HOPS && isWaiting(); hop++) {
      const found = checkFound(
        await this.#ask(at, { kind: "findSession", namespace: nsp.name, pid }),
      );
      if (found.is === "here") {
        if (await this.#take(coming, at, found.rooms)) return;
        continue;
      }
      if (found.is === "unknown") {
        if (times !== undefined) this.#tellLost(coming, times);
        return;
      }
      const next = found.to === this.#owner.index ? this.#addresses.get(pid) : found;
      // The session was given to this shard, but never arrived or is over.
      if (next === undefined || next.times < found.times) {
        this.#tellLost(coming, found.times);
        return;
      }
      at = next.to;
      times = next.times;
    }
    if (isWaiting())
      this.#report(new Error(`it moved on ${MAX_HOPS} times while it was looked for`));
  }

  /** Returns whether the search is over. */
  async #take(coming: Coming, at: ShardIndex, rooms: Room[]): Promise<boolean> {
    const { journal, announceAll, fence } = this.#owner;
    const { nsp, pid, offset } = coming;
    coming.rooms = new Set(rooms);
    const start = journal.nextNumber ?? 0;
    await announceAll(nsp.name, rooms);
    await fence(at, nsp.name, rooms);
    if (!coming.isWaiting()) return true;
    coming.isTaken = true;
    const part: MovingPart = { kind: "takeSession", namespace: nsp.name, pid, offset, rooms };
    const taken = checkTaken(await this.#ask(at, part));
    coming.isTaken = false;
    if (taken.is === "taken") this.#receive(coming, at, start, taken.session);
    return taken.is !== "changed";
  }

  /** Puts the session into this journal: first the packets that it brings, then those kept here since `start`. */
  #receive(coming: Coming, giver: ShardIndex, start: number, taken: TakenSession): void {
    const { journal, runtime, index, ask, birthplaceOf } = this.#owner;
    const { nsp, pid, offset } = coming;
    const { sid, rooms } = taken;
    const session = { sid, pid, rooms, data: received(taken.data) };
    const moved = { offset, times: taken.times + 1 };
    this.#addresses.delete(pid);
    const birthplace = birthplaceOf(pid);
    if (birthplace !== undefined && birthplace !== giver && birthplace !== index) {
      ask(birthplace, { kind: "sessionMoved", pid, times: moved.times });
    }
    const from = journal.nextNumber ?? 0;
    const isWhole = this.#keepAll(coming, taken, journal.since(start, nsp.name, rooms));
    journal.receive(nsp, session, { from, moved, lostAt: isWhole ? runtime.now() : 0 });
  }

  /** Keeps all missed packets under the session's private id. Returns whether none is missing. */
  #keepAll(
    { nsp, pid }: Coming,
    { packets }: TakenSession,
    since: readonly KeptPacket[] | undefined,
  ): boolean {
    const { journal, runtime } = this.#owner;
    if (packets === undefined || since === undefined) return false;
    const given = new Set(packets.map(({ message }) => message));
    const own = since.filter(({ message }) => message !== undefined && !given.has(message));
    const all: MovedPacket[] = [
      ...packets,
      ...own.map(({ number, frames, message }) => {
        return { frames: [...frames], offset: journal.offsetOf(number), message };
      }),
    ];
    for (const { frames, offset, message } of all) {
      const next = journal.nextOffset;
      const renewed = next && withOffset(runtime.codec, nsp.name, frames, offset, next);
      if (!renewed) return false;
      journal.keepFor(nsp.name, pid, renewed, message);
    }
    return true;
  }

  /** Tells the birthplace that no shard has the session. */
  #tellLost({ nsp, pid }: Coming, times: number): void {
    const { index, ask, birthplaceOf } = this.#owner;
    const birthplace = birthplaceOf(pid);
    if (birthplace === index) this.#addresses.delete(pid);
    else if (birthplace !== undefined) {
      ask(birthplace, { kind: "sessionEnded", namespace: nsp.name, pid, sid: undefined, times });
    }
  }

  #report(error: unknown): void {
    const { runtime } = this.#owner;
    const now = runtime.now();
    if (Math.abs(now - this.#reportedAt) < REPORT_INTERVAL) return;
    this.#reportedAt = now;
    runtime._report(error, "connection state recovery: a session that cannot be had");
  }

  /** Stops waiting after `PATIENCE`. A session that arrives later is kept for the client's next attempt. */
  #soon(arrival: Promise<void>): Promise<void> {
    return within(PATIENCE, arrival, () => {
      this.#report(new Error(`it did not come within ${PATIENCE / 1000} s`));
    });
  }

  async #ask(shard: ShardIndex, part: MovingPart): Promise<unknown> {
    const answer = await this.#owner.ask(shard, part);
    if ("error" in answer) throw new Error(`shard ${shard}: ${answer.error}`);
    return answer.value;
  }
}
