/** Connection state recovery in memory: keeps lost sessions for a while, and what they miss. */

import type { Any } from "../common/any.ts";
import { PacketType } from "../core/abi.gen.ts";
import { Adapter, type BroadcastOptions, type Session, type SessionToPersist } from "./adapter.ts";
import type { PrivateSessionId, Room } from "./identifiers.ts";
import type { AdapterNamespace } from "./namespace.ts";

interface KeptPacket {
  data: unknown[];
  opts: BroadcastOptions;
  emittedAt: number;
}

/** Beyond these, the oldest go first: clients must not fill the memory by coming and going. */
const MAX_SESSIONS = 32_768;
const MAX_PACKETS = 10_000;

/**
 * The offset that clients hand back is the adapter's epoch and the packet's number. So an old offset is
 * told from one of another server, and a client that was idle for long is not turned away: what was
 * dropped by age was dropped only when every connection of its time had proved to be alive, or was lost
 * for too long.
 */
export class SessionAwareAdapter<Nsp extends AdapterNamespace = Any> extends Adapter<Nsp> {
  readonly #epoch: string;
  readonly #maxDisconnectionDuration: number;
  readonly #retention: number;
  readonly #sessions = new Map<PrivateSessionId, SessionToPersist & { disconnectedAt: number }>();
  readonly #packets: KeptPacket[] = [];
  /** Number of the first packet in the list. */
  #first = 0;
  /** Up to here packets were dropped for want of room: offsets before are of no use. */
  #lost = 0;

  constructor(nsp: Nsp) {
    super(nsp);
    const { pingInterval, pingTimeout } = nsp._runtime.options;
    this.#epoch = nsp._runtime.generateId().slice(0, 6);
    this.#maxDisconnectionDuration = nsp.server._recovery?.maxDisconnectionDuration ?? 0;
    this.#retention = this.#maxDisconnectionDuration + 2 * (pingInterval + pingTimeout);
  }

  override persistSession(session: SessionToPersist): void {
    const now = this.nsp._runtime.now();
    this.#sessions.delete(session.pid);
    this.#sessions.set(session.pid, { ...session, disconnectedAt: now });
    for (const [pid, { disconnectedAt }] of this.#sessions) {
      const isExpired = disconnectedAt + this.#maxDisconnectionDuration < now;
      if (!isExpired && this.#sessions.size <= MAX_SESSIONS) break;
      this.#sessions.delete(pid);
    }
  }

  override restoreSession(pid: PrivateSessionId, offset: string): Session | null {
    const session = this.#sessions.get(pid);
    if (session === undefined) return null;
    if (session.disconnectedAt + this.#maxDisconnectionDuration < this.nsp._runtime.now()) {
      this.#sessions.delete(pid);
      return null;
    }
    const next = this.#parse(offset) + 1;
    if (!(next >= this.#lost)) return null;
    // The session is kept until it expires, for its client may fail again before it is back.
    const missedPackets = this.#packets
      .slice(Math.max(0, next - this.#first))
      .filter(({ opts }) => isMeant(session.rooms, opts))
      .map(({ data }) => data);
    return { ...session, missedPackets };
  }

  override broadcast(packet: Any, opts: BroadcastOptions): void {
    // The function behind an ack cannot be kept, and volatile packets need not arrive.
    if (packet.type === PacketType.event && packet.id === undefined && !opts.flags?.volatile) {
      this.#keep(packet.data, opts);
    }
    super.broadcast(packet, opts);
  }

  /** Keeps a packet, and appends its offset to its arguments, where clients look for it. */
  #keep(data: unknown[], opts: BroadcastOptions): void {
    const emittedAt = this.nsp._runtime.now();
    const number = this.#first + this.#packets.length;
    data.push(`${this.#epoch}${number.toString(36)}`);
    this.#packets.push({ data, opts, emittedAt });
    if (this.#packets.length > MAX_PACKETS) {
      this.#packets.shift();
      this.#first += 1;
      this.#lost = this.#first;
    }
    const oldest = emittedAt - this.#retention;
    const kept = this.#packets.findIndex((candidate) => candidate.emittedAt >= oldest);
    this.#packets.splice(0, kept);
    this.#first += kept;
  }

  /** The number of the packet with this offset; NaN for what is no offset of this adapter. */
  #parse(offset: string): number {
    const digits = offset.slice(this.#epoch.length);
    if (!offset.startsWith(this.#epoch) || !/^[0-9a-z]{1,10}$/.test(digits)) return Number.NaN;
    const number = Number.parseInt(digits, 36);
    return number < this.#first + this.#packets.length ? number : Number.NaN;
  }
}

/** Whether a packet was meant for a session with these rooms. */
function isMeant(rooms: readonly Room[], { rooms: to, except }: BroadcastOptions): boolean {
  if (to.size > 0 && !rooms.some((room) => to.has(room))) return false;
  return !rooms.some((room) => except?.has(room));
}
