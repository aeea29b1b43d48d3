/**
 * What the application side does: answers clients that want to join a namespace, changes rooms, sends frames, ends
 * sessions and connections. After a sleep, connection listeners run again; what they did before it is dropped here
 * (`replay-gate.ts`).
 */
import type { Codec } from "../../codec/codec.ts";
import * as RoomChange from "../../core/abi/room-change.gen.ts";
import type { Core } from "../../core/core.ts";
import type { Connection, SendFlags } from "../connections/connection.ts";
import type { Frame } from "../host/host.ts";
import { CoreViews } from "./core-views.ts";
import { type Gate, OPEN_GATE } from "./replay-gate.ts";
import type { Turns } from "./turns.ts";

export abstract class Commands extends CoreViews {
  /** Says whether the running code did the same before a sleep, so that it is to be dropped. Set by the server. */
  gate: Gate = OPEN_GATE;
  /**
   * Called before anything is sent or closed, to write to the storage what must be there first. Set where what the
   * server keeps is written strictly (`server-state.ts`).
   */
  beforeSending: (() => void) | undefined;
  abstract readonly codec: Codec;
  protected abstract readonly turns: Turns;

  /** Carries out what the core asks for after a command. */
  protected abstract dispatchEffects(): void;

  // --- answers to CONNECT and to endings ---------------------------------------------------------

  /** Opens a namespace for CONNECTs. Idempotent by name. Returns its handle. */
  addNamespace(name: string): number {
    return this._core.addNamespace(name);
  }

  /** Closes a namespace. Throws while it has sessions. */
  removeNamespace(namespace: number): void {
    this._everybody.removeNamespace(namespace);
  }

  /** First answer to `onConnect`: gives the session an open namespace and an id. The client is not told yet. */
  assign(session: number, namespace: number, id: string): void {
    this.turns.scheduleEnd();
    this._core.assign(session, namespace, id);
  }

  /** Gives the session another id, before the second answer. */
  rename(session: number, id: string): void {
    this.noteRoom(session, id);
    this.command(() => this._core.rename(session, id));
  }

  /**
   * Another session has taken the id of this one: it leaves its rooms and gets no more broadcasts. What is sent to it
   * alone still arrives.
   */
  unlist(session: number): void {
    this.command(() => this._core.unlist(session));
  }

  /** Second answer: the middlewares let it in. The session joins its own room, and the client is told. */
  admit(connection: Connection, session: number, pid = ""): void {
    this.command(() => {
      this.#forgetConnecting(connection, session);
      this._core.admit(session, pid);
    });
  }

  /** Second answer: a middleware refused. `payload` is CONNECT_ERROR's, as JSON. Frees the session. */
  refuse(connection: Connection, session: number, payload: string): void {
    this.command(() => {
      this.#forgetConnecting(connection, session);
      this._core.refuse(session, payload);
    });
  }

  /** The only answer if there is no such namespace. Frees the session. */
  reject(connection: Connection, session: number): void {
    this.command(() => {
      this.#forgetConnecting(connection, session);
      this._core.reject(session);
    });
  }

  /** Answer to `onClosing`: leaves all rooms and frees the session. */
  release(session: number): void {
    this.command(() => this._core.release(session));
  }

  // --- endings -----------------------------------------------------------------------------------

  /** Sends DISCONNECT and closes the session; the connection stays. Nothing if it is not connected. */
  disconnect(session: number): void {
    if (!this._core.isConnected(session) || this.#isEndDropped(session)) return;
    this.command(() => this._core.disconnect(session));
  }

  /** Closes a connected session without telling the client. `reason`: a `DisconnectReason`. */
  closeSession(session: number, reason: number): void {
    if (!this._core.isConnected(session) || this.#isEndDropped(session)) return;
    this.command(() => this._core.closeSession(session, reason));
  }

  /** Closes a connection and its sessions. `reason`: a `DisconnectReason`. Nothing if it is closed. */
  closeConnection(connection: Connection, reason: number): void {
    if (connection.readyState !== "open") return;
    if (this.gate.isDropping) {
      this.gate.noteDroppedEnd(connection);
      return;
    }
    this.command(() => this._core.closeConnection(connection._handle, reason));
  }

  #isEndDropped(session: number): boolean {
    if (!this.gate.isDropping) return false;
    this.gate.noteDroppedEnd(this.connectionOf(session), session);
    return true;
  }

  // --- rooms and acknowledgements ----------------------------------------------------------------

  /** Returns whether it was not in the room. */
  join(session: number, room: string): boolean {
    if (this.gate.isDropping) return false;
    this.turns.scheduleEnd();
    this.noteRoom(session, room);
    return (this._core.join(session, room) & RoomChange.membership) !== 0;
  }

  /** Returns whether it was in the room. */
  leave(session: number, room: string): boolean {
    if (this.gate.isDropping) return false;
    this.turns.scheduleEnd();
    return (this._core.leave(session, room) & RoomChange.membership) !== 0;
  }

  /** The same as `join`, and whether it is the first in the room: returns `RoomChange` flags. */
  joinAmongAll(session: number, room: string): number {
    if (this.gate.isDropping) return 0;
    this.turns.scheduleEnd();
    this.noteRoom(session, room);
    return this._everybody.join(session, room);
  }

  /** The same as `leave`, and whether it was the last in the room: returns `RoomChange` flags. */
  leaveAmongAll(session: number, room: string): number {
    if (this.gate.isDropping) return 0;
    this.turns.scheduleEnd();
    return this._everybody.leave(session, room);
  }

  /** The next ack id of the session's namespace. */
  allocateAck(session: number): number {
    this.turns.scheduleEnd();
    return this._core.allocateAck(session);
  }

  /** The next ack id of a namespace, for a broadcast to these sessions. */
  allocateBroadcastAck(namespace: number, sessions: Uint32Array): number {
    this.turns.scheduleEnd();
    // The next id is larger than any that these sessions have. Without sessions, than any that anybody has.
    const core = sessions.length > 0 ? (this._core as Core) : this._everybody;
    return core.allocateBroadcastAck(namespace, sessions);
  }

  // --- frames ------------------------------------------------------------------------------------

  /** The frames of an EVENT or ACK. Throws for data that cannot be encoded. */
  encode(type: number, namespaceName: string, ackId: number | undefined, data: unknown[]): Frame[] {
    return this.codec.encode(type, namespaceName, ackId, data);
  }

  /** Sends frames over one connection. */
  send(connection: Connection, frames: readonly Frame[], flags?: SendFlags): void {
    if (this.gate.isDropping || (flags?.volatile === true && !connection._writable)) return;
    this.beforeSending?.();
    this.turns.scheduleEnd();
    for (const frame of frames) connection._send(frame, flags);
  }

  /** Sends the same frames over several connections, given by the core's handles. */
  sendTo(connections: Uint32Array, frames: readonly Frame[], flags?: SendFlags): void {
    if (this.gate.isDropping) return;
    this.beforeSending?.();
    this.turns.scheduleEnd();
    this.sendEach(connections, frames, flags);
  }

  /** Sends frames over one connection after the other. */
  protected sendEach(connections: Uint32Array, frames: readonly Frame[], flags?: SendFlags): void {
    const isVolatile = flags?.volatile === true;
    // Indices: the iterator of a typed array makes an object for each element.
    for (let at = 0; at < connections.length; at++) {
      const connection = this._table.get(connections[at] as number);
      if (connection === undefined || (isVolatile && !connection._writable)) continue;
      for (const frame of frames) connection._send(frame, flags);
    }
  }

  protected command(run: () => void): void {
    this.turns.beginCommand();
    try {
      run();
      this.dispatchEffects();
    } finally {
      this.turns.endCommand();
    }
  }

  #forgetConnecting(connection: Connection, session: number): void {
    if (connection._connecting === undefined) return;
    if (connection._connecting.size === 1) connection._connecting = undefined;
    else connection._connecting.delete(this.namespaceName(this.namespaceOf(session)));
  }
}
