/** Gives sessions to shards that ask for them. `moving-sessions.ts` explains the steps. */

import { portable } from "../../calls/portable.ts";
import type { KeptPacket } from "../../recovery/packet-row.ts";
import type { SessionRecord } from "../../recovery/session-records.ts";
import type { AdapterNamespace } from "../../rooms/adapter-namespace.ts";
import {
  bytesOf,
  type Found,
  MAX_MOVED_BYTES,
  type MovedPacket,
  type Taken,
  type TakeSession,
} from "../messages/session-messages.ts";
import type { ShardIndex } from "../placement/placement.ts";
import type { ForwardingAddresses } from "./forwarding-addresses.ts";
import type { MovingOwner } from "./moving-owner.ts";
import type { SessionTaker } from "./session-taker.ts";

/** The session that is asked for. */
interface Wanted {
  namespace: string;
  pid: string;
}

export class SessionGiver {
  readonly #owner: MovingOwner;
  readonly #addresses: ForwardingAddresses;
  readonly #taker: SessionTaker;

  constructor(owner: MovingOwner, addresses: ForwardingAddresses, taker: SessionTaker) {
    this.#owner = owner;
    this.#addresses = addresses;
    this.#taker = taker;
  }

  /** Finds a session, and ends its socket: from now on nothing is sent to its client from here. */
  async find(taker: ShardIndex, wanted: Wanted): Promise<Found> {
    await this.#taker.arrival(wanted.pid);
    const record = await this.#takeFromSocket(wanted);
    if (record === undefined) {
      const address = this.#addresses.get(wanted.pid);
      return address === undefined ? { is: "unknown" } : { is: "moved", ...address };
    }
    const { namespace, rooms } = record;
    await this.#owner.fence(taker, namespace, rooms);
    return { is: "here", rooms };
  }

  /** Takes a session and what its client missed out of the journal, in one turn. */
  async take(taker: ShardIndex, { namespace, pid, offset, rooms }: TakeSession): Promise<Taken> {
    const { journal } = this.#owner;
    const record = journal.find(namespace, pid);
    // The session is over, or its client or another shard came first.
    if (record === undefined) return { is: this.#addresses.get(pid) ? "changed" : "unknown" };
    const reached = new Set(rooms);
    const isReached = record.rooms.every((room) => reached.has(room));
    if (!isReached || this.#holderOf(record) !== undefined) return { is: "changed" };
    const recovered = journal.recover(namespace, pid, offset);
    if (recovered === undefined || bytesOf(recovered.missed) > MAX_MOVED_BYTES)
      return { is: "unknown" };
    const times = record.moved?.times ?? 0;
    const data = portable(structuredClone(record.data));
    this.#leave(record, taker, times + 1);
    const session = { sid: record.sid, rooms: record.rooms, data, times };
    const packets = recovered.missed.map((packet) => this.#asMoved(packet));
    try {
      await this.#owner.fence(taker, namespace, record.rooms);
      return { is: "taken", session: { ...session, packets } };
    } catch {
      // Copies of these packets may still reach the taker, which would not recognize them: the client would get two.
      return { is: "taken", session: { ...session, packets: undefined } };
    }
  }

  #leave({ pid }: SessionRecord, to: ShardIndex, times: number): void {
    const { index, journal, birthplaceOf } = this.#owner;
    if (birthplaceOf(pid) === index) this.#addresses.put(pid, { to, times });
    else this.#addresses.pass(pid, { to, times });
    journal.give(pid);
  }

  #asMoved({ number, frames, message }: KeptPacket): MovedPacket {
    return { frames: [...frames], offset: this.#owner.journal.offsetOf(number), message };
  }

  /** Ends the session's socket if it still has one. Returns the session; undefined if there is none. */
  async #takeFromSocket({ namespace, pid }: Wanted): Promise<SessionRecord | undefined> {
    const { journal, server } = this.#owner;
    const record = journal.find(namespace, pid);
    const holder = record && this.#holderOf(record);
    if (record === undefined || holder === undefined) return record;
    // The application may have given two sockets the same id.
    if (server._sessions.find(holder)?._pid !== pid) return undefined;
    await new Promise<void>((resolve) => server._sessions.supersede(holder, resolve));
    return journal.find(namespace, pid);
  }

  #holderOf({ namespace, sid }: SessionRecord): number | undefined {
    const nsp: AdapterNamespace | undefined = this.#owner.server._nsps.get(namespace);
    return nsp?._findSession(sid);
  }
}
