/** How a client gets into a namespace: its socket is made, middlewares decide, the client is told. */

import { RecoveringAdapter } from "../../adapter/recovery/recovery-part.ts";
import type { Adapter, Session } from "../../adapter/rooms/adapter.ts";
import { joinsUnheard } from "../../adapter/rooms/gated-adapter.ts";
import type { Any } from "../../common/any.ts";
import { isThenable } from "../../common/values.ts";
import * as PacketType from "../../core/abi/packet-type.gen.ts";
import { NONE } from "../../core/abi.gen.ts";
import type { ConnectRequest } from "../../engine/commands/application.ts";
import type { Connection } from "../../engine/connections/connection.ts";
import type { Runtime } from "../../engine/runtime/runtime.ts";
import {
  beforeMiddlewares,
  haveLeft,
  type LeftTracker,
  type RemadeSocket,
} from "../../sleep/remaking/left-by-middlewares.ts";
import type { KeptState } from "../../sleep/socket-state/kept-state.ts";
import { type RecoverableSocket, recoverableOf } from "../sessions/recoverable-session.ts";
import type { EndingSocket, SocketState } from "../sessions/session-interfaces.ts";
import { type ExtendedError, type Middleware, runMiddlewares } from "./middleware.ts";

/** A namespace that a client wants to join. */
interface JoinedNamespace {
  readonly name: string;
  readonly _handle: number;
  readonly _parentIndex: number | undefined;
  readonly _runtime: Runtime;
  readonly adapter: Adapter;
  readonly server: AdmittingServer;
  /** Middlewares. */
  readonly _fns: Middleware<Any>[];
  /** Sockets whose middlewares are running. */
  readonly _preConnectSockets: Map<string, JoiningSocket>;
  /** It may have become empty. */
  readonly _onSocketGone: (() => void) | undefined;
  /** The session of a socket that is connected, about to be, or leaving. */
  _findSession(id: string): number | undefined;
  /** Makes the socket of a session. */
  _makeSocket(connection: Connection, session: number, state: SocketState): JoiningSocket;
  /** Tells the core of the id that a middleware has given a socket. Throws a TypeError if that is no id. */
  _adoptId(socket: JoiningSocket): void;
  /** If a middleware has given it the id of another one: that one's rooms. */
  _takeOver(socket: JoiningSocket): string[] | undefined;
  /** Calls the connection listeners. */
  _announce(socket: JoiningSocket): void;
  /** Calls code of the application. What it throws is reported. */
  _guard(run: () => void, id?: string): void;
}

/** The server of that namespace. */
interface AdmittingServer {
  readonly _recovery: { readonly skipMiddlewares: boolean } | undefined;
  readonly _sleep: { readonly changes: LeftTracker };
  readonly _sessions: {
    find(session: number): { readonly _pid: string | undefined } | undefined;
    /** The session of a socket is gone, or about to be. */
    forget(socket: EndingSocket): void;
    /** The socket for this CONNECT will be made later. */
    wait(request: ConnectRequest): void;
    /** Whether it is still to be made. False once the client is gone. */
    isWaiting(request: ConnectRequest): boolean;
    /** Ends the connection of a session whose client has come back over another. */
    supersede(session: number, onEnd: () => void): void;
  };
  _restoreNamespace(name: string, parent: number | undefined): JoinedNamespace;
  /** Reports what a listener or a middleware threw. */
  _report(error: unknown, namespace: string, id?: string): void;
}

/** The socket of a client that wants to join. */
interface JoiningSocket extends EndingSocket, RemadeSocket, RecoverableSocket {
  id: string;
  connected: boolean;
  readonly recovered: boolean;
  readonly nsp: JoinedNamespace & EndingSocket["nsp"];
  readonly _kept: KeptState;
  join(rooms: string | string[]): unknown;
  /** Leaves all rooms. */
  _cleanUp(): void;
  /** Its middlewares have set what cannot be kept, so they run again after a sleep. */
  _repeatAfterSleep(): void;
  /** A middleware has not settled yet. */
  _settling(promise: PromiseLike<unknown>): void;
}

/** Answers a CONNECT to a namespace that exists. */
export function admitClient(nsp: JoinedNamespace, request: ConnectRequest): void {
  if (typeof DORMOUSE_RECOVERY === "undefined" || DORMOUSE_RECOVERY) {
    const { pid, offset } = request.auth;
    const isWanted = nsp.server._recovery && typeof pid === "string";
    if (isWanted && canRecover(nsp, offset)) {
      recover(nsp, request, pid);
      return;
    }
  }
  makeSocket(nsp, request, undefined);
}

/** A client that never received a packet sends no offset. Only our own adapter can recover its session. */
function canRecover(nsp: JoinedNamespace, offset: unknown): boolean {
  if (offset === undefined)
    return RecoveringAdapter !== undefined && nsp.adapter instanceof RecoveringAdapter;
  return typeof offset === "string";
}

function recover(nsp: JoinedNamespace, request: ConnectRequest, pid: string): void {
  nsp.server._sessions.wait(request);
  // Undefined only for our own adapter, which takes that.
  const offset = request.auth.offset as string;
  const isWaiting = (): boolean => nsp.server._sessions.isWaiting(request);
  const coming = nsp.adapter._beforeRecovery?.(pid, offset, isWaiting);
  if (coming === undefined) restore(nsp, request, pid, offset);
  else coming.then(() => restore(stillOpen(nsp), request, pid, offset));
}

/** With our own adapter nothing is sent between the session's restoring and the socket that continues it. */
function restore(nsp: JoinedNamespace, request: ConnectRequest, pid: string, offset: string): void {
  // The client may be gone by now.
  if (!nsp.server._sessions.isWaiting(request)) return;
  const go = (session?: Session | null): void => resume(nsp, request, pid, session);
  let restored: ReturnType<typeof nsp.adapter.restoreSession>;
  nsp._guard(() => {
    restored = nsp.adapter.restoreSession(pid, offset);
  });
  if (!isThenable(restored)) {
    go(restored);
    return;
  }
  restored.then(go, (error) => {
    nsp.server._report(error, nsp.name);
    go();
  });
}

function resume(
  nsp: JoinedNamespace,
  request: ConnectRequest,
  pid: string,
  session: Session | null | undefined,
): void {
  const { _sessions: sessions } = nsp.server;
  if (!sessions.isWaiting(request)) return;
  const holder = session ? nsp._findSession(session.sid) : undefined;
  if (holder === undefined) makeSocket(nsp, request, session ?? undefined);
  else if (!mayTakeOver(nsp, request, holder, pid)) makeSocket(nsp, request, undefined);
  else {
    // The old connection is not known to be lost yet. Its listeners for `disconnect` may still change the session.
    sessions.supersede(holder, () => {
      if (sessions.isWaiting(request)) recover(nsp, request, pid);
    });
  }
}

/** The namespace, made again if it was dynamic and was closed meanwhile because it was empty. */
function stillOpen(nsp: JoinedNamespace): JoinedNamespace {
  if (nsp._handle !== NONE) return nsp;
  return nsp.server._restoreNamespace(nsp.name, nsp._parentIndex);
}

/** Whether the client may take the session over from another connection, which still holds it: it knows the `pid`. */
function mayTakeOver(
  nsp: JoinedNamespace,
  { connection }: ConnectRequest,
  holder: number,
  pid: string,
): boolean {
  if (nsp._runtime.connectionOf(holder) === connection) return false;
  return nsp.server._sessions.find(holder)?._pid === pid;
}

function makeSocket(nsp: JoinedNamespace, request: ConnectRequest, recovered?: Session): void {
  const { _runtime: runtime, server } = nsp;
  const { session, connection, auth } = request;
  const id = recovered?.sid ?? makeId(nsp, connection);
  runtime.assign(session, nsp._handle, id);
  const socket: JoiningSocket = nsp._makeSocket(connection, session, {
    id,
    auth,
    issued: runtime.now(),
    pid: recovered?.pid ?? (server._recovery ? runtime.generateId() : undefined),
    recovered: recovered !== undefined,
    connected: false,
    data: recovered?.data,
  });
  nsp._preConnectSockets.set(id, socket);
  let skipsMiddlewares = nsp._fns.length === 0;
  if (typeof DORMOUSE_RECOVERY === "undefined" || DORMOUSE_RECOVERY) {
    if (recovered !== undefined) {
      socket.join(recovered.rooms);
      sendMissed(socket, recovered);
      skipsMiddlewares ||= server._recovery?.skipMiddlewares === true;
    }
  }
  if (skipsMiddlewares) connect(socket);
  else runNamespaceMiddlewares(nsp, socket);
}

/** Sends the packets that a recovered client missed, without calling `onAnyOutgoing` listeners. */
function sendMissed(socket: JoiningSocket, { missedPackets, missedFrames = [] }: Session): void {
  const { nsp, _conn: connection } = socket;
  const encoded = missedPackets.map((event) => {
    return nsp._runtime.encode(PacketType.event, nsp.name, undefined, event);
  });
  for (const frames of [...encoded, ...missedFrames]) nsp._runtime.send(connection, frames);
}

/** Clients of Engine.IO 3 expect the id of the connection. Otherwise that is kept secret. */
function makeId(nsp: JoinedNamespace, connection: Connection): string {
  if (connection.protocol !== 3) return nsp._runtime.generateSocketId(connection);
  return nsp.name === "/" ? connection.id : `${nsp.name}#${connection.id}`;
}

function runNamespaceMiddlewares(nsp: JoinedNamespace, socket: JoiningSocket): void {
  const isPending = (): boolean => socket._session !== NONE && !socket.connected;
  const failed = (error: unknown): void => {
    nsp.server._report(error, nsp.name, socket.id);
    // `next` will not be called any more, and the client waits for an answer.
    if (isPending()) refuse(socket, new Error("Internal server error"));
  };
  const { changes } = nsp.server._sleep;
  const before = beforeMiddlewares(changes, socket);
  const decide = (error: unknown): void => {
    // The client may be gone by now.
    if (!isPending()) return;
    try {
      if (error) {
        refuse(socket, error as ExtendedError);
        return;
      }
      if (haveLeft(changes, socket, before)) socket._repeatAfterSleep();
      // They may have given it another id.
      nsp._adoptId(socket);
    } catch (problem) {
      failed(problem);
      return;
    }
    nsp._guard(() => connect(socket), socket.id);
  };
  // An async middleware may go on after it has called `next`, and what it sets then must be kept, too.
  const settling = (promise: PromiseLike<unknown>): void => {
    socket._settling(promise.then(undefined, failed));
  };
  socket._kept.making(() => runMiddlewares(nsp._fns, socket, decide, failed, settling));
}

/** Throws, and does nothing, if JSON cannot take what the error says. */
function refuse(socket: JoiningSocket, error: ExtendedError): void {
  const { nsp, _conn: connection, _session: session } = socket;
  const { message, data } = error;
  const told = connection.protocol === 3 ? data || message : { message, data };
  const payload = JSON.stringify(told) ?? "";
  socket._cleanUp();
  nsp.server._sessions.forget(socket);
  nsp._runtime.refuse(connection, session, payload);
  nsp._onSocketGone?.();
}

function connect(socket: JoiningSocket): void {
  const { nsp } = socket;
  const waiting = nsp.adapter._beforeAdmission?.();
  if (waiting === undefined) {
    join(socket);
    return;
  }
  const go = (): void => {
    // The client may be gone by now.
    if (socket._session !== NONE) nsp._guard(() => join(socket), socket.id);
  };
  waiting.then(go, (error) => {
    nsp.server._report(error, nsp.name, socket.id);
    go();
  });
}

function join(socket: JoiningSocket): void {
  const { nsp } = socket;
  const inherited = nsp._takeOver(socket);
  socket.connected = true;
  if (typeof DORMOUSE_RECOVERY === "undefined" || DORMOUSE_RECOVERY) {
    const recoverable = recoverableOf(socket);
    if (recoverable !== undefined) nsp.adapter._beginSession?.(recoverable);
  }
  // The core lets it join its own room; `join` is for other adapters, and for their listeners.
  if (inherited !== undefined) socket.join([socket.id, ...inherited]);
  else if (!joinsUnheard(nsp.adapter)) socket.join(socket.id);
  // Whoever is recovered has been there all the time.
  else if (!socket.recovered) nsp.adapter._noteMembership(socket._session, socket.id, "in");
  nsp._runtime.admit(socket._conn, socket._session, socket._pid);
  nsp._preConnectSockets.delete(socket.id);
  nsp._announce(socket);
}
