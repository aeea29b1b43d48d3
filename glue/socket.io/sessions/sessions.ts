/**
 * Leads what the runtime tells to the sockets: knows which `Socket` belongs to which session of the core, makes
 * those that a sleep has taken away, and sees each session from its CONNECT to its end.
 */

import { inMicrotask } from "../../common/microtasks.ts";
import * as DisconnectReason from "../../core/abi/disconnect-reason.gen.ts";
import { NONE } from "../../core/abi.gen.ts";
import { HandleTable } from "../../core/handle-table.ts";
import type { Application, ConnectRequest } from "../../engine/commands/application.ts";
import type { Connection } from "../../engine/connections/connection.ts";
import type { KeptSessions } from "../../engine/connections/kept-sessions.ts";
import type { AwakeReason } from "../../sleep/awake/awake-reasons.ts";
import type { PendingAck } from "../../sleep/awake/reason-texts.ts";
import type { Delivery } from "../../sleep/replay/delivery-queues.ts";
import {
  namespacePart,
  type PackedSocket,
  packSocket,
  packSocketWithBytes,
  type SavedSocket,
  unpackSocket,
} from "../../sleep/snapshot/saved-socket.ts";
import type { KeptState } from "../../sleep/socket-state/kept-state.ts";
import { hasPropertiesToRemake } from "../../sleep/surroundings/added-properties.ts";
import { memorySize } from "../../sleep/values/memory-size.ts";
import type { DisconnectReason as ReasonText } from "../types/socket-types.ts";
import type { EndingSocket, LedNamespace, LedServer, LedSocket } from "./session-interfaces.ts";
import { retireServer, retireSocket } from "./stale-server.ts";
import { UncloneableReports } from "./uncloneable-reports.ts";

/** The size of deliveries that the client has not sent, and that are not counted against its bound. */
const noSize = (): number => 0;

export class Sessions<Socket extends LedSocket> implements Application {
  readonly #server: LedServer<Socket>;
  /** By session handle. A session of a woken object has none until it is needed. */
  readonly #sockets = new HandleTable<Socket>();
  /** CONNECTs without a socket so far: functions decide on their namespace, or the adapter restores their session. */
  readonly #requests = new Map<number, ConnectRequest>();
  /** By session whose client came back over another connection: what waits for the end of it. */
  readonly #ending = new Map<number, () => void>();
  /** Sockets from before the core trapped, until it is known which of them go on. */
  #stranded: Socket[] = [];
  /** Tells of what snapshots leave out. */
  readonly uncloneableReports: UncloneableReports;

  constructor(server: LedServer<Socket>) {
    this.#server = server;
    this.uncloneableReports = new UncloneableReports(server);
    server._sleep.changes.states = () => this.#states();
    server._sleep.changes.statesOf = (connection) => this.#statesOf(connection);
  }

  // --- sockets by session ------------------------------------------------------------------------

  /** The socket of a session, made if it has none. Throws for one that never was connected. */
  get(session: number): Socket {
    const socket = this.find(session);
    if (socket === undefined) throw new Error(`session ${session} has no socket`);
    return socket;
  }

  /** The socket of a session, made if it has none. Undefined for one that never was connected. */
  find(session: number): Socket | undefined {
    return this.#sockets.get(session) ?? this.#restore(session);
  }

  /** The socket of a session if it was made already. */
  peek(session: number): Socket | undefined {
    return this.#sockets.get(session);
  }

  /** Why the object stays awake. Sockets that were not made since the last sleep are no reason. */
  awakeReasons(): AwakeReason[] {
    return this.#server._sleep.awakeReasons(this.#pendingAcks());
  }

  /** What the application keeps on the sockets that were made so far. */
  *#states(): Iterable<KeptState> {
    for (const socket of this.#sockets.each()) yield socket._kept;
  }

  /** The same, of the sockets of one connection. */
  *#statesOf(connection: Connection): Iterable<KeptState> {
    for (const session of this.#server._runtime.sessionsOf(connection)) {
      const socket = this.#sockets.get(session);
      if (socket !== undefined) yield socket._kept;
    }
  }

  /** The acknowledgements that clients have not given yet, to emits of sockets and to broadcasts. */
  *#pendingAcks(): Iterable<PendingAck> {
    for (const socket of this.#sockets.values()) {
      for (const id of socket._pendingAcks()) yield { id, whose: socket._describe() };
    }
    const runtime = this.#server._runtime;
    for (const { name, _broadcastAcks: broadcasts } of this.#server._nsps.present()) {
      for (const { id, session } of broadcasts.waiting()) {
        yield { id, whose: `socket ${runtime.sessionId(session)} in ${name}` };
      }
    }
  }

  /** The sockets of a namespace that were made so far. */
  existing(nsp: object): Socket[] {
    return this.#sockets.values().filter((socket) => socket.nsp === nsp);
  }

  /** A socket was made for its session, which no longer waits for one. */
  add(socket: Socket): void {
    if (this.#requests.size > 0) this.#requests.delete(socket._session);
    this.#sockets.set(socket._session, socket);
  }

  /** Disconnects a session. Its socket is told before this returns. */
  disconnect(session: number): void {
    const runtime = this.#server._runtime;
    // If its connection is closing, the core has ended the session already, and the socket is about to be told.
    if (runtime.isConnected(session)) runtime.disconnect(session);
  }

  /** Frees the session of a socket that has left its rooms. */
  release(socket: EndingSocket): void {
    const session = socket._session;
    this.forget(socket);
    // It has none if the core trapped and was replaced meanwhile.
    if (session !== NONE) this.#server._runtime.release(session);
    socket.nsp._onSocketGone?.();
    const onEnd = this.#ending.get(session);
    if (onEnd === undefined) return;
    this.#ending.delete(session);
    // After the listeners for `disconnect`, which are called next.
    inMicrotask(onEnd);
  }

  /**
   * Ends the connection of a session whose client has come back over another, and calls `onEnd` once the session
   * is over: perhaps later, for its socket hears of it when it has its listeners.
   */
  supersede(session: number, onEnd: () => void): void {
    const runtime = this.#server._runtime;
    const before = this.#ending.get(session);
    this.#ending.set(session, () => {
      before?.();
      onEnd();
    });
    runtime.closeConnection(runtime.connectionOf(session), DisconnectReason.transport_close);
  }

  /** The session of a socket is gone, or about to be. */
  forget(socket: EndingSocket): void {
    const { _sleep: sleep } = this.#server;
    const { changes } = sleep;
    this.#sockets.delete(socket._session);
    sleep.acks?.forgetAll(socket);
    changes.forgetState(socket._kept);
    sleep.release(socket);
    socket.nsp._forgetSocket(socket);
    socket._abandonRegistering();
    socket._session = NONE;
    if (socket._conn.readyState === "open") socket._kept.leave();
  }

  /** The socket for this CONNECT will be made later. */
  wait(request: ConnectRequest): void {
    this.#requests.set(request.session, request);
  }

  /** Whether it is still to be made. False once the client is gone. */
  isWaiting(request: ConnectRequest): boolean {
    return this.#requests.get(request.session) === request;
  }

  // --- what the runtime tells --------------------------------------------------------------------

  onConnect(request: ConnectRequest): void {
    const { connection, name } = request;
    // What was kept of an earlier session in this namespace, or of this one while it waited, is out of date.
    connection._restored?.delete(name);
    if (typeof DORMOUSE_REMAKING === "undefined" || DORMOUSE_REMAKING) {
      const { replays, remaking } = this.#server._sleep;
      if (replays.clientReplays !== undefined && mayMiss(connection)) {
        this.wait(request);
        replays.clientReplays.whenRemade(
          connection,
          () => this.remakersOf(connection),
          () => remaking?.repeatHandshake(connection),
          () => {
            if (this.isWaiting(request)) this.#connect(request);
          },
        );
        return;
      }
    }
    this.#connect(request);
  }

  /**
   * Of a client's sockets, those that make again what hangs around all of them: whose middlewares run again, and, if
   * only a part of something is there, all others, for their connection listeners may make it.
   */
  remakersOf(connection: Connection): Socket[] {
    if (typeof DORMOUSE_REMAKING !== "undefined" && !DORMOUSE_REMAKING) return [];
    if (!hasPropertiesToRemake(connection)) return [];
    const { _runtime: runtime, _sleep: sleep } = this.#server;
    const sessions = runtime.sessionsOf(connection).map((session) => this.find(session));
    const sockets = sessions.filter((socket) => socket !== undefined);
    const { isPartial } = sleep.changes.surroundingsOf(connection);
    const others = isPartial ? sockets.filter((socket) => !socket._hasRemaking) : [];
    return [...sockets.filter((socket) => socket._hasRemaking), ...others];
  }

  #connect(request: ConnectRequest): void {
    const { session, connection, name, auth } = request;
    const server = this.#server;
    const nsp = server._nsps.get(name);
    if (nsp !== undefined) {
      this.#requests.delete(session);
      nsp._add(request);
      return;
    }
    this.wait(request);
    server._checkNamespace(name, auth, (created) => {
      // The client may be gone by now, and its session's handle stand for another.
      if (!this.isWaiting(request)) {
        if (created) created._onSocketGone?.();
        return;
      }
      if (created) {
        created._add(request);
      } else {
        this.#requests.delete(session);
        server._runtime.reject(connection, session);
      }
    });
  }

  isUnanswered(session: number): boolean {
    const socket = this.#sockets.get(session);
    return socket === undefined ? this.#requests.has(session) : !socket.connected;
  }

  onEvent(session: number, args: unknown[], ackId: number | undefined): void {
    const socket = this.get(session);
    if (socket._replay === undefined && !this.#isHeldBack(socket)) {
      this.#server._sleep.changes.noteEvent(socket._kept);
      if (socket._conn._registering === 0) socket._onEvent(args, ackId);
      else this.#server._sleep.amidWork(socket._conn, () => socket._onEvent(args, ackId));
    } else this.#deliverLater(socket, args, ackId);
  }

  /** Apart from `onEvent`, which would make the closures for every event. */
  #deliverLater(socket: Socket, args: unknown[], ackId: number | undefined): void {
    const run = (): void => {
      if (socket.connected) socket._onEvent(args, ackId);
    };
    this.#whenReady(socket, { what: "event", run, size: () => memorySize(args) });
  }

  onAck(session: number, ackId: number, args: unknown[]): void {
    // Callbacks do not survive a sleep: a socket that was not made since waits for none.
    const socket = this.#sockets.get(session);
    if (socket?._onAck(ackId, args)) return;
    const nsp = socket?.nsp ?? this.#namespaceOf(session);
    nsp?._broadcastAcks.receive(session, ackId, args);
  }

  onError(session: number, error: Error): void {
    const socket = this.find(session);
    if (socket === undefined) return;
    this.#whenReady(socket, { what: "error", run: () => socket._onError(error), size: noSize });
  }

  onClosing(session: number, reason: string, description?: unknown): Promise<void> | undefined {
    const socket = this.find(session);
    if (socket === undefined) return this.#releaseUnknown(session);
    let noteTold: (() => void) | undefined;
    const run = (): void => {
      try {
        socket._onClose(reason as ReasonText, description);
      } finally {
        noteTold?.();
      }
    };
    if (this.#whenReady(socket, { what: "disconnect", run, size: noSize, isEnd: true })) return;
    return new Promise((resolve) => {
      noteTold = resolve;
    });
  }

  onClosingUnconnected(session: number): undefined {
    const socket = this.#sockets.get(session);
    if (socket === undefined) return this.#releaseUnknown(session);
    socket._cleanUp();
    this.release(socket);
  }

  #releaseUnknown(session: number): undefined {
    this.#requests.delete(session);
    this.#server._runtime.release(session);
  }

  saveSession(session: number): PackedSocket | undefined {
    const socket = this.#sockets.get(session);
    return socket && pack(socket, socket._save());
  }

  saveCloneableSession(session: number): PackedSocket | undefined {
    const socket = this.#sockets.get(session);
    if (socket === undefined) return undefined;
    const saved = this.uncloneableReports.withoutUncloneable(socket, socket._save());
    return pack(socket, saved);
  }

  get tellsOfNamespaces(): boolean {
    return this.#server.sockets.listenerCount("new_namespace") > 0;
  }

  onRestored(saved: Iterable<KeptSessions>): void {
    const restore = (packed: unknown, name: string): void => {
      const { parent, outgoing } = namespacePart(packed as PackedSocket);
      const nsp = this.#server._restoreNamespace(name, parent);
      if (outgoing) nsp._hasOutgoingListeners = true;
    };
    // Broadcasts and fetches must find the namespaces, even if no socket of theirs is made before.
    this.#server._sleep.gate.silently(() => {
      for (const sessions of saved) sessions.forEach(restore);
    });
  }

  prepareRestored(): Promise<void> | undefined {
    const { opts, _sleep: sleep } = this.#server;
    return opts.replay === "eager" ? sleep.replays.runAll(this.#connected()) : undefined;
  }

  /** All sockets, each made as the iteration gets to it. */
  *#connected(): Iterable<Socket> {
    const runtime = this.#server._runtime;
    for (const nsp of [...this.#server._nsps.values()]) {
      for (const session of Array.from(runtime.resolveInOrder(nsp._handle, [], []))) {
        // It may be gone by now.
        const socket = runtime.isConnected(session) ? this.find(session) : undefined;
        if (socket !== undefined) yield socket;
      }
    }
  }

  /** An asynchronous listener runs, of `socket` if it is a socket's. If it fails, that is reported. */
  noteAsync(promise: PromiseLike<unknown>, namespace: string, socket?: EndingSocket): void {
    promise.then(undefined, (error: unknown) => {
      this.#server._report(error, namespace, socket?.id);
    });
    this.#server._sleep.changes.noteListener(promise, socket?._kept);
  }

  /** Calls the `onAnyOutgoing` listeners of a session's socket. */
  notifyOutgoing(session: number, data: unknown[]): void {
    const socket = this.find(session);
    if (socket === undefined) return;
    const run = (): void => socket.notifyOutgoingListeners({ data });
    this.#whenReady(socket, { what: "outgoing event", run, size: () => memorySize(data) });
  }

  /** Whether another socket of the same connection is being replayed, which must be over first. */
  #isHeldBack({ _conn: conn }: Socket): boolean {
    return this.#server._sleep.replays.clientReplays?.holdsBack(conn) === true;
  }

  /** Delivers at once, or when the socket's listeners have been added again after a sleep: returns false then. */
  #whenReady(socket: Socket, delivery: Delivery): boolean {
    if (socket._replay === undefined && !this.#isHeldBack(socket)) {
      delivery.run();
      return true;
    }
    return this.#server._sleep.replays.whenReady(socket, {
      ...delivery,
      run: () => {
        this.#server._sleep.changes.noteEvent(socket._kept);
        delivery.run();
        // Not within an input, whose end would also end the turn.
        this.#server._runtime.endTurnSoon();
      },
    });
  }

  onReset(): void {
    this.#stranded = this.#forgetAll();
    // The new core uses the same handles for others. `onResumed` gives new ones to those that go on.
    for (const socket of this.#stranded) socket._session = NONE;
  }

  onResumed(connection: Connection, sessions: ReadonlyMap<string, number>): boolean {
    const runtime = this.#server._runtime;
    const known = new Set<number>();
    for (const socket of this.#stranded.filter(({ _conn }) => _conn === connection)) {
      const session = sessions.get(socket.nsp.name);
      if (!socket.connected) socket._onReset();
      else if (session === undefined || runtime.sessionId(session) !== socket.id) return false;
      else {
        socket._session = session;
        this.#sockets.set(session, socket);
        known.add(session);
        // Its rooms may be those of an older snapshot.
        socket._noteChanged();
      }
    }
    // The snapshot may have sessions whose sockets were not made since the last sleep. Others have ended since it.
    for (const [name, session] of sessions) {
      if (known.has(session) || connection._restored?.has(name)) continue;
      if (runtime.isConnected(session)) return false;
    }
    return true;
  }

  onLost(connection: Connection): void {
    const { _sleep: sleep } = this.#server;
    sleep.release(connection);
    for (const socket of this.#stranded) {
      if (socket._conn !== connection) continue;
      sleep.release(socket);
      if (socket._session !== NONE) this.#sockets.delete(socket._session);
      socket._onReset();
    }
  }

  onHibernate(): void {
    this.#server._sleep.reasons.clear();
    for (const socket of this.#forgetAll()) retireSocket(socket);
  }

  /** Another server has taken the place of this one after a sleep. */
  retire(): void {
    const sockets = this.#sockets.values();
    this.#sockets.clear();
    retireServer(this.#server, sockets);
  }

  /** Forgets all sockets, and makes the namespaces known to a new core. Returns the sockets. */
  #forgetAll(): Socket[] {
    const sockets = this.#sockets.values();
    this.#sockets.clear();
    this.#requests.clear();
    this.#ending.clear();
    for (const nsp of this.#server._nsps.present()) nsp._reset();
    return sockets;
  }

  #namespaceOf(session: number): LedNamespace<Socket> | undefined {
    const runtime = this.#server._runtime;
    return this.#server._nsps.get(runtime.namespaceName(runtime.namespaceOf(session)));
  }

  /** Makes the socket of a session that was connected before a sleep. */
  #restore(session: number): Socket | undefined {
    const runtime = this.#server._runtime;
    const nsp = this.#namespaceOf(session);
    if (nsp === undefined) return undefined;
    const id = runtime.sessionId(session);
    const packed = runtime.takeRestored(session) as PackedSocket | undefined;
    // Sessions that never got through their middlewares ask to connect again.
    if (packed === undefined && !runtime.isListed(session)) return undefined;
    const saved = packed === undefined ? { issued: runtime.now() } : unpackSocket(packed);
    return nsp._makeSocket(runtime.connectionOf(session), session, {
      ...saved,
      restored: true,
      id,
      pid: runtime.recoveryId(session) || undefined,
      connected: true,
    });
  }
}

/** `saved`: what the socket has just saved. */
function pack({ _kept: kept }: LedSocket, saved: SavedSocket): PackedSocket {
  return kept.mayHoldBytes ? packSocketWithBytes(saved) : packSocket(saved);
}

/**
 * Whether the connection slept, and had something set on it (on its request or client, too) that has to be made
 * again before another socket may be added.
 */
function mayMiss(connection: Connection): boolean {
  return connection._restored !== undefined && hasPropertiesToRemake(connection);
}
