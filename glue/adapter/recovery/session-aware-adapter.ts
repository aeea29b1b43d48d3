/** The adapter of connection state recovery: keeps sent packets and sessions in the journal. */

import type { Any } from "../../common/any.ts";
import * as PacketType from "../../core/abi/packet-type.gen.ts";
import {
  Adapter,
  type BroadcastFlags,
  type BroadcastOptions,
  type LiveSession,
  type Session,
  type SessionToPersist,
} from "../rooms/adapter.ts";
import type { AdapterNamespace } from "../rooms/adapter-namespace.ts";
import type { PrivateSessionId, Room, SocketId } from "../rooms/identifiers.ts";
import { plainRoom } from "../rooms/room-names.ts";
import { SmallRooms } from "../rooms/small-rooms.ts";
import { type Journal, journalOf } from "./journal.ts";

/**
 * Used with `connectionStateRecovery`. Beside `Adapter`'s events it has `expire-session` (id, rooms, data):
 * a lost session can be recovered no more. It comes once, also if the object slept meanwhile.
 *
 * @example
 * io.of("/").adapter.on("expire-session", (id, rooms, data) => {
 *   for (const room of rooms) io.to(room).emit("left for good", data.name);
 * });
 */
export class SessionAwareAdapter<Nsp extends AdapterNamespace = Any> extends Adapter<Nsp> {
  readonly #journal: Journal | undefined;
  readonly #rooms: SmallRooms;

  constructor(nsp: Nsp) {
    super(nsp);
    this.#journal = this._openJournal();
    this.#rooms = new SmallRooms(nsp);
  }

  /** @internal Called once. */
  protected _openJournal(): Journal | undefined {
    return journalOf(this.nsp);
  }

  override persistSession(session: SessionToPersist): void {
    this.#journal?.noteLoss(this.nsp, session);
  }

  /** Null if the session cannot be recovered. Without an offset, its client has never received a packet. */
  override restoreSession(pid: PrivateSessionId, offset: string | undefined): Session | null {
    const recovered = this.#journal?.recover(this.nsp.name, pid, offset);
    if (recovered === undefined) return null;
    const { missed, ...session } = recovered;
    return { ...session, missedPackets: [], missedFrames: missed.map(({ frames }) => frames) };
  }

  override broadcast(packet: Any, opts: BroadcastOptions): void {
    const { nsp } = this;
    const { data } = packet;
    // The function behind an ack cannot be kept.
    if (packet.type !== PacketType.event || packet.id !== undefined || !this.#journal) {
      super.broadcast(packet, opts);
      return;
    }
    if (opts.flags?.volatile) {
      // A volatile packet is not kept. But clients take any string at its end for an offset, so it needs a right one.
      const { lastOffset } = this.#journal;
      if (lastOffset !== undefined && typeof data.at(-1) === "string") data.push(lastOffset);
      super.broadcast(packet, opts);
      return;
    }
    // Who has lost its connection since gets it with what it missed, or has it.
    const message: string | undefined = packet.message ?? opts._call?.id;
    if (this.#journal.hasKept(message, opts)) return;
    const { nextOffset } = this.#journal;
    if (nextOffset === undefined) {
      super.broadcast(packet, opts);
      return;
    }
    data.push(nextOffset);
    packet.nsp = nsp.name;
    const frames = nsp._runtime.encode(PacketType.event, nsp.name, undefined, data);
    this.#journal.keep(nsp.name, frames, opts, message);
    this._send(packet, frames, opts);
  }

  /** @internal */
  override _emitTo(id: SocketId, data: unknown[], flags: BroadcastFlags | undefined): boolean {
    if (flags?.volatile || !this.#hasOwnBroadcast) return false;
    const nextOffset = this.#journal?.nextOffset;
    if (nextOffset === undefined) return false;
    // Most packets go to one client, so this way makes no objects that `broadcast` would need.
    const { nsp } = this;
    const runtime = nsp._runtime;
    data.push(nextOffset);
    const frames = runtime.encode(PacketType.event, nsp.name, undefined, data);
    this.#journal?.keepFor(nsp.name, id, frames);
    const { sessions, connections } = this.#rooms.membersOf(id);
    if (connections.length === 0) return true;
    nsp._notifyOutgoing(sessions, data);
    runtime.sendTo(connections, frames, flags);
    return true;
  }

  /** Whether no application code has replaced or overridden `broadcast`, which has to see each packet. */
  get #hasOwnBroadcast(): boolean {
    if (this.broadcast !== this._gatedBroadcast) return false;
    return Object.getPrototypeOf(this).broadcast === BROADCAST;
  }

  /** @internal */
  override _awaits(
    namespace: string,
    room: Room | null,
  ): { parent: number | undefined } | undefined {
    return this.#journal?.lostIn(namespace, room);
  }

  /** @internal A client has joined the namespace. */
  override _beginSession(session: SessionToPersist): void {
    this.#journal?.begin(this.nsp, session);
  }

  /** @internal What is kept of a session may have changed. */
  override _noteSession(session: LiveSession): void {
    this.#journal?.note(session);
  }

  /** @internal */
  override _noteMembership(session: number, room: Room, is: "in" | "out"): void {
    if (this.#journal === undefined) return;
    const { nsp } = this;
    const socket = nsp.server._sessions.peek(session);
    const pid = socket === undefined ? nsp._runtime.recoveryId(session) : socket._pid;
    if (!pid) return;
    this.#journal.noteMembership(pid, plainRoom(room), is);
    const live = socket === undefined ? this.#asleep(session, pid) : socket._recoverable();
    if (live !== undefined) this.#journal.noteSoon(live);
  }

  /** A session whose socket has not been made since a sleep: its data have not changed. */
  #asleep(session: number, pid: PrivateSessionId): LiveSession | undefined {
    const { nsp } = this;
    const { _runtime: runtime } = nsp;
    if (!runtime.isConnected(session)) return undefined;
    return this.#journal?.liveOf(pid, {
      get rooms() {
        return nsp._roomsOf(session);
      },
      get isGone() {
        return runtime.recoveryId(session) !== pid;
      },
    });
  }

  /** @internal A session is over for good. */
  override _endSession(pid: PrivateSessionId): void {
    this.#journal?.forget(pid);
  }
}

const BROADCAST = SessionAwareAdapter.prototype.broadcast;
