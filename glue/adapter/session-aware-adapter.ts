/** Connection state recovery in memory: keeps lost sessions for a while, and what they miss. */

import type { Any } from "../common/any.ts";
import { PacketType } from "../core/abi.gen.ts";
import { sizeOf } from "../sleep/size.ts";
import { Adapter, type BroadcastOptions, type Session, type SessionToPersist } from "./adapter.ts";
import type { PrivateSessionId, Room } from "./identifiers.ts";
import type { AdapterNamespace } from "./namespace.ts";

interface KeptPacket {
  data: unknown[];
  opts: BroadcastOptions;
  emittedAt: number;
  /** Roughly, in bytes. */
  size: number;
}

type KeptSession = SessionToPersist & { disconnectedAt: number; size: number };

/** Beyond these, the oldest go first: clients must not fill the memory by coming and going. */
const MAX_SESSIONS = 32_768;
const MAX_PACKETS = 10_000;
/** For packets and sessions of all namespaces of a server. An object has 128 MB for everything. */
const MAX_BYTES = 32 * 2 ** 20;

/** What the adapters of one server keep together. */
class Holdings {
  bytes = 0;
  readonly adapters = new Set<SessionAwareAdapter>();
}

/** By the server's runtime. */
const holdings = new WeakMap<object, Holdings>();

function holdingsOf(runtime: object): Holdings {
  const existing = holdings.get(runtime);
  if (existing !== undefined) return existing;
  const made = new Holdings();
  holdings.set(runtime, made);
  return made;
}

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
  readonly #sessions = new Map<PrivateSessionId, KeptSession>();
  readonly #holdings: Holdings;
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
    this.#holdings = holdingsOf(nsp._runtime);
    this.#retention = this.#maxDisconnectionDuration + 2 * (pingInterval + pingTimeout);
  }

  override close(): void {
    for (const pid of [...this.#sessions.keys()]) this.#forgetSession(pid);
    while (this.#packets.length > 0) this.#losePacket();
    this.#holdings.adapters.delete(this);
  }

  override persistSession(session: SessionToPersist): void {
    const now = this.nsp._runtime.now();
    this.#forgetSession(session.pid);
    const size = sizeOf(session);
    this.#sessions.set(session.pid, { ...session, disconnectedAt: now, size });
    this.#holdings.bytes += size;
    for (const [pid, { disconnectedAt }] of this.#sessions) {
      const isExpired = disconnectedAt + this.#maxDisconnectionDuration < now;
      if (!isExpired && this.#sessions.size <= MAX_SESSIONS) break;
      this.#forgetSession(pid);
    }
    this.#makeRoom();
  }

  override restoreSession(pid: PrivateSessionId, offset: string): Session | null {
    const session = this.#sessions.get(pid);
    if (session === undefined) return null;
    if (session.disconnectedAt + this.#maxDisconnectionDuration < this.nsp._runtime.now()) {
      this.#forgetSession(pid);
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
    const size = sizeOf([data, opts.rooms, opts.except]);
    this.#packets.push({ data, opts, emittedAt, size });
    this.#holdings.bytes += size;
    if (this.#packets.length > MAX_PACKETS) this.#losePacket();
    this.#makeRoom();
    const oldest = emittedAt - this.#retention;
    const kept = this.#packets.findIndex((candidate) => candidate.emittedAt >= oldest);
    for (const dropped of this.#packets.splice(0, kept)) this.#holdings.bytes -= dropped.size;
    this.#first += kept;
  }

  /** Gives up what is oldest in all namespaces, until the rest is not too much. */
  #makeRoom(): void {
    const { adapters } = this.#holdings;
    // It may be used again after it was closed.
    adapters.add(this);
    while (this.#holdings.bytes > MAX_BYTES) {
      const [oldest] = [...adapters].sort((a, b) => a.#oldest - b.#oldest);
      if (oldest === undefined || oldest.#oldest === Number.POSITIVE_INFINITY) return;
      oldest.#loseOldest();
    }
  }

  get #oldestPacket(): number {
    return this.#packets[0]?.emittedAt ?? Number.POSITIVE_INFINITY;
  }

  get #oldestSession(): number {
    const [session] = this.#sessions.values();
    return session?.disconnectedAt ?? Number.POSITIVE_INFINITY;
  }

  /** When what it keeps longest is from. */
  get #oldest(): number {
    return Math.min(this.#oldestPacket, this.#oldestSession);
  }

  #loseOldest(): void {
    if (this.#oldestPacket <= this.#oldestSession) {
      this.#losePacket();
      return;
    }
    const [pid] = this.#sessions.keys();
    if (pid !== undefined) this.#forgetSession(pid);
  }

  /** The oldest packet goes for want of room. */
  #losePacket(): void {
    this.#holdings.bytes -= this.#packets.shift()?.size ?? 0;
    this.#first += 1;
    this.#lost = this.#first;
  }

  #forgetSession(pid: PrivateSessionId): void {
    this.#holdings.bytes -= this.#sessions.get(pid)?.size ?? 0;
    this.#sessions.delete(pid);
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
