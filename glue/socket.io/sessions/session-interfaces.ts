/** What `sessions.ts` needs of a server, its namespaces and their sockets, to lead sessions from CONNECT to end. */

import type { ConnectRequest } from "../../engine/commands/application.ts";
import type { Connection } from "../../engine/connections/connection.ts";
import type { Engine } from "../../engine/runtime/engine.ts";
import type { Runtime } from "../../engine/runtime/runtime.ts";
import type { AckOwner } from "../../sleep/awake/ack-keeper.ts";
import type { ReplayedSocket } from "../../sleep/replay/replay.ts";
import type { Sleep } from "../../sleep/sleep.ts";
import type { SavedSocket } from "../../sleep/snapshot/saved-socket.ts";
import type { KeptState } from "../../sleep/socket-state/kept-state.ts";
import type { DisconnectReason, SocketId } from "../types/socket-types.ts";
import type { Any } from "../types/typed-events.ts";
import type { NamespaceMap } from "./namespace-map.ts";

/** What a socket is made from. */
export interface SocketState extends SavedSocket {
  /** As `socket.id`. */
  id: SocketId;
  /** The secret id for recovery, where that is on. */
  pid: string | undefined;
  /** Whether the client is in the namespace already. */
  connected: boolean;
  /** Whether it was connected before the object slept. */
  restored?: boolean;
}

/** A socket whose session ends. */
export interface EndingSocket extends AckOwner {
  readonly id: SocketId;
  readonly nsp: {
    readonly name: string;
    /** It may have become empty. */
    readonly _onSocketGone: (() => void) | undefined;
    /** The socket is gone. */
    _forgetSocket(socket: EndingSocket): void;
  };
  readonly _conn: Connection;
  /** The core's handle; `NONE` once the session is gone. */
  _session: number;
  /** What the application keeps on it. */
  readonly _kept: KeptState;
  /** It is gone, perhaps while its connection listeners run. */
  _abandonRegistering(): void;
  /** Which socket it is, for messages. */
  _describe(): string;
}

/** A socket, as the session behind it is led. */
export interface LedSocket extends EndingSocket, Omit<ReplayedSocket, "nsp"> {
  readonly _conn: Connection;
  _session: number;
  connected: boolean;
  readonly nsp: EndingSocket["nsp"] & {
    readonly _broadcastAcks: { receive(session: number, id: number, args: unknown[]): void };
  };
  /** Whether its namespace's middlewares run again after a sleep. */
  readonly _hasRemaking: boolean;
  /** The ids of its own emits whose acknowledgements have not come. */
  _pendingAcks(): Iterable<number>;
  /** An event came. */
  _onEvent(args: unknown[], ackId: number | undefined): void;
  /** An acknowledgement came. Returns false, and ignores it, if no emit of the socket waits for it. */
  _onAck(ackId: number, args: unknown[]): boolean;
  _onError(error: unknown): void;
  /** The session ends; it is gone when this returns. */
  _onClose(reason: DisconnectReason, description: unknown): void;
  /** The core is gone, and all its sessions with it. */
  _onReset(): void;
  /** Leaves all rooms. */
  _cleanUp(): void;
  /** What is kept of it is another than at the last look. */
  _noteChanged(): void;
  /** What a snapshot keeps of it. */
  _save(): SavedSocket;
  /** Tells the listeners of `onAnyOutgoing` of a packet. */
  notifyOutgoingListeners(packet: { data: unknown[] }): void;
}

/** A namespace, as sessions are led into it and out of it. */
export interface LedNamespace<Socket extends LedSocket = LedSocket> {
  readonly name: string;
  readonly server: { readonly _runtime: Runtime };
  readonly _handle: number;
  /** The answers to broadcasts that are waited for. */
  readonly _broadcastAcks: {
    receive(session: number, id: number, args: unknown[]): void;
    waiting(): Iterable<{ id: number; session: number }>;
  };
  _hasOutgoingListeners: boolean;
  /** It may have become empty. */
  readonly _onSocketGone: (() => void) | undefined;
  /** A client asks to join. */
  _add(request: ConnectRequest): void;
  /** The core is a new one and knows nothing. */
  _reset(): void;
  /** Makes the socket of a session. */
  _makeSocket(connection: Connection, session: number, state: SocketState): Socket;
}

/** A server, as its sessions are led. */
export interface LedServer<Socket extends LedSocket = LedSocket> {
  readonly _runtime: Runtime;
  readonly _sleep: Sleep;
  readonly engine: Engine;
  readonly opts: { readonly replay?: "lazy" | "eager" };
  readonly sockets: { listenerCount(event: string): number };
  readonly _nsps: Pick<NamespaceMap<LedNamespace<Socket>>, "get" | "values" | "present">;
  /** Asks the parents in their order for a namespace of this name. */
  _checkNamespace(
    name: string,
    auth: Record<string, Any>,
    fn: (nsp: LedNamespace<Socket> | false) => void,
  ): void;
  /** The namespace of sockets that were there before a sleep, made again if its parent has this index. */
  _restoreNamespace(name: string, parent: number | undefined): LedNamespace<Socket>;
  /** Reports what a listener or a middleware threw. */
  _report(error: unknown, namespace: string, id?: SocketId): void;
}
