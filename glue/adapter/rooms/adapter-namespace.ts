/** What adapters need of what they serve. The application side implements it (socket.io/server/namespace.ts). */

import type { Any } from "../../common/any.ts";
import type { Registrant } from "../../engine/connections/registrant.ts";
import type { Runtime } from "../../engine/runtime/runtime.ts";
import type { LateWriter } from "../../sleep/sleep.ts";
import type { Adapter, LiveSession } from "./adapter.ts";
import type { Room, SocketId } from "./identifiers.ts";
import type { LiveSet } from "./live-views.ts";

/** A namespace, as its adapter sees it. */
export interface AdapterNamespace extends Registrant {
  readonly name: string;
  readonly server: AdapterServer;
  readonly adapter: Adapter;
  /** @internal The index of the parent that made it for clients. */
  readonly _parentIndex?: number | undefined;
  /** @internal It may have become empty. */
  readonly _onSocketGone?: (() => void) | undefined;
  /** @internal The core's handle. */
  readonly _handle: number;
  /** @internal */
  readonly _runtime: Runtime;
  /** @internal Where the answers to broadcasts are waited for. */
  readonly _broadcastAcks: {
    expect(id: number, sessions: Iterable<number>, callback: (...args: Any[]) => void): void;
  };
  /** @internal The session of a socket that is connected, about to be, or leaving. */
  _findSession(id: SocketId): number | undefined;
  /** @internal The ids of all sockets, connected or about to be. */
  _socketIds(): SocketId[];
  /** @internal The rooms of a session in the order joined. */
  _roomsOf(session: number): Room[];
  /** @internal The next ack id, for a packet to these sessions. */
  _allocateBroadcastAck(sessions: Uint32Array): number;
  /** @internal An acknowledgement of a broadcast is not waited for any more. */
  _forgetAck(id: number): void;
  /**
   * @internal Tells the listeners of each session for all that goes out. `received`: makes of what came from another
   * server what its own code gets.
   */
  _notifyOutgoing(
    sessions: Uint32Array,
    data: unknown[],
    received?: (data: unknown[]) => unknown[],
  ): void;
  /** An event of another server came. */
  _onServerSideEmit(args: [string, ...Any[]]): void;
}

/** The options of connection state recovery, with their defaults filled in. */
export interface RecoveryOptions {
  /** How long a lost session can be recovered, in milliseconds. */
  readonly maxDisconnectionDuration: number;
  /** `strict`: it is written before it is sent. */
  readonly durability: "batched" | "strict";
  /** How often what was sent is written, in milliseconds. */
  readonly flushInterval: number;
}

/** The server of a namespace, as adapters see it. */
export interface AdapterServer {
  /** @internal The options of connection state recovery, if it is on. */
  readonly _recovery: RecoveryOptions | undefined;
  /** @internal */
  readonly _sleep: {
    readonly writers: LateWriter[];
    /** `isKept`: whether it is looked for what changes on sockets, when a turn ends. */
    readonly changes: { isKept: boolean; endTurn(): void };
  };
  /** @internal The namespaces, by their names. */
  readonly _nsps: ReadonlyMap<string, AdapterNamespace>;
  /** @internal One that may have been made for clients, by the parent with this index. */
  _restoreNamespace(name: string, parent: number | undefined): AdapterNamespace;
  /** @internal */
  readonly _sessions: {
    /** The socket of a session, which is made if nobody has needed it since the object woke. */
    get(session: number): AdapterSocket;
    /** As `get`, but undefined for a session that is not connected and never was. */
    find(session: number): AdapterSocket | undefined;
    /** The socket of a session, if it has been made already. */
    peek(session: number): AdapterSocket | undefined;
    /** Ends the connection of a session whose client has come back over another, and calls `onEnd` once it is over. */
    supersede(session: number, onEnd: () => void): void;
  };
}

/** A socket, as adapters see it. */
export interface AdapterSocket {
  /** Disconnects the client from the namespace; `close`: from all, with its connection. */
  disconnect(close?: boolean): unknown;
  /** @internal The secret id for recovery. */
  readonly _pid: string | undefined;
  /** @internal The one view of its rooms. */
  _roomsView(): LiveSet<Room>;
  /** @internal What its client can recover, as it is when it is read; undefined as long as it is not connected. */
  _recoverable(): LiveSession | undefined;
}
