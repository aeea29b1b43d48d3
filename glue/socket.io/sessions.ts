/**
 * What stands between the runtime and the sockets: which `Socket` belongs to which session of the
 * core, and what happens to a session from the CONNECT to its end.
 */

import * as DisconnectReason from "../core/abi/disconnect-reason.gen.ts";
import { NONE } from "../core/abi.gen.ts";
import { HandleTable } from "../core/handle-table.ts";
import type { Application, ConnectRequest } from "../engine/application.ts";
import type { Connection } from "../engine/connection.ts";
import type { KeptSessions } from "../engine/kept-sessions.ts";
import type { AwakeReason } from "../sleep/awake.ts";
import { withoutUncloneable } from "../sleep/cloneable.ts";
import type { KeptState } from "../sleep/kept-state.ts";
import type { PendingAck } from "../sleep/late.ts";
import {
  namespacePart,
  type PackedSocket,
  packSocket,
  type SavedSocket,
  unpackSocket,
} from "../sleep/saved-socket.ts";
import { sizeOf } from "../sleep/size.ts";
import { markStale } from "../sleep/stale-objects.ts";
import type { Delivery } from "../sleep/waiting.ts";
import { hangsAround } from "../sleep/what-hangs.ts";
import type { Namespace } from "./namespace.ts";
import type { Server } from "./server.ts";
import { Socket } from "./socket.ts";
import type { SocketSession } from "./socket-session.ts";
import type { DisconnectReason as ReasonText } from "./socket-types.ts";
import type { Any } from "./typed-events.ts";

type AnySocket = Socket<Any, Any, Any, Any>;
type AnySession = SocketSession<Any, Any, Any, Any>;

/** The size of deliveries that no client has caused: they are not bounded. */
const noSize = (): number => 0;

export class Sessions implements Application {
  readonly #server: Server<Any, Any, Any, Any>;
  /** By session handle. A session of a woken object has none until it is needed. */
  readonly #sockets = new HandleTable<AnySocket>();
  /** CONNECTs that wait for their socket: the namespace is being decided on, or a session restored. */
  readonly #requests = new Map<number, ConnectRequest>();
  /** What is to be done when sessions are over that have been superseded. */
  readonly #ending = new Map<number, () => void>();
  /** Sockets of a core that trapped. */
  #stranded: AnySocket[] = [];
  /** Names of properties of which it was told that they are not kept. */
  readonly #lost = new Set<string>();
  /** What of a socket was reported as lost. */
  readonly #reported = new WeakMap<AnySession, Set<string>>();

  constructor(server: Server<Any, Any, Any, Any>) {
    this.#server = server;
    server._sleep.ledger.states = () => this.#states();
    server._sleep.ledger.statesOf = (connection) => this.#statesOf(connection);
  }

  // --- sockets by session ------------------------------------------------------------------------

  /** The socket of a session that has one or can have one. */
  get(session: number): AnySocket {
    const socket = this.find(session);
    if (socket === undefined) throw new Error(`session ${session} has no socket`);
    return socket;
  }

  /** The socket of a session; undefined for one that is not connected and never was. */
  find(session: number): AnySocket | undefined {
    return this.#sockets.get(session) ?? this.#restore(session);
  }

  /** The socket of a session if there is one already. */
  peek(session: number): AnySocket | undefined {
    return this.#sockets.get(session);
  }

  /** Why the object stays awake: of all sockets that were needed so far. */
  awakeReasons(): AwakeReason[] {
    return this.#server._sleep.awakeReasons(this.#pendingAcks());
  }

  /** What the application keeps on sockets, of all that were needed so far. */
  *#states(): Iterable<KeptState> {
    for (const socket of this.#sockets.each()) yield socket._kept;
  }

  /** The same of the sockets of one client. */
  *#statesOf(connection: Connection): Iterable<KeptState> {
    for (const session of this.#server._runtime.sessionsOf(connection)) {
      const socket = this.#sockets.get(session);
      if (socket !== undefined) yield socket._kept;
    }
  }

  /** The acknowledgements that sockets have not given yet, asked for by themselves or by broadcasts. */
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

  /** The sockets of a namespace that were needed so far. */
  existing(nsp: Namespace<Any, Any, Any, Any>): AnySocket[] {
    return this.#sockets.values().filter((socket) => socket.nsp === nsp);
  }

  /** A new socket has this session. */
  add(socket: AnySocket): void {
    if (this.#requests.size > 0) this.#requests.delete(socket._session);
    this.#sockets.set(socket._session, socket);
  }

  /** Ends a session from this side. Its socket hears of it before this returns. */
  disconnect(session: number): void {
    const runtime = this.#server._runtime;
    // When its connection is closing, the core has ended the session already and its turn will come.
    if (runtime.isConnected(session)) runtime.disconnect(session);
  }

  /** Gives the session back to the core. The socket has left its rooms. */
  release(socket: AnySession): void {
    const session = socket._session;
    this.forget(socket);
    // Its core may be gone: it ended while that was replaced.
    if (session !== NONE) this.#server._runtime.release(session);
    socket.nsp._onSocketGone?.();
    const onEnd = this.#ending.get(session);
    if (onEnd === undefined) return;
    this.#ending.delete(session);
    // Its listeners for `disconnect` come before.
    queueMicrotask(onEnd);
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
  forget(socket: AnySession): void {
    const { _sleep: sleep } = this.#server;
    const { ledger } = sleep;
    this.#sockets.delete(socket._session);
    sleep.acks?.forgetAll(socket);
    ledger.forgetState(socket._kept);
    sleep.release(socket);
    socket.nsp._forgetSocket(socket);
    socket._abandonRegistering();
    socket._session = NONE;
    if (socket._conn.readyState === "open") socket._kept.leave();
  }

  /** A CONNECT has to wait for its socket. */
  wait(request: ConnectRequest): void {
    this.#requests.set(request.session, request);
  }

  /** Whether it still does. */
  isWaiting(request: ConnectRequest): boolean {
    return this.#requests.get(request.session) === request;
  }

  // --- what the runtime tells --------------------------------------------------------------------

  onConnect(request: ConnectRequest): void {
    const { connection, name } = request;
    // What was kept of an earlier session of that name, or of this one while it waited, is of no use.
    connection._restored?.delete(name);
    if (typeof DORMOUSE_REMAKING === "undefined" || DORMOUSE_REMAKING) {
      const { replays, remaking } = this.#server._sleep;
      if (replays.remakers !== undefined && mayMiss(connection)) {
        this.wait(request);
        replays.remakers.whenRemade(
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
  remakersOf(connection: Connection): AnySocket[] {
    if (typeof DORMOUSE_REMAKING !== "undefined" && !DORMOUSE_REMAKING) return [];
    if (!hangsAround(connection)) return [];
    const { _runtime: runtime, _sleep: sleep } = this.#server;
    const sessions = runtime.sessionsOf(connection).map((session) => this.find(session));
    const sockets = sessions.filter((socket) => socket !== undefined);
    const { isPartial } = sleep.ledger.surroundingsOf(connection);
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
      this.#server._sleep.ledger.noteEvent(socket._kept);
      socket._onEvent(args, ackId);
    } else this.#deliverLater(socket, args, ackId);
  }

  /** Apart from `onEvent`, where the closures would cost every event. */
  #deliverLater(socket: AnySocket, args: unknown[], ackId: number | undefined): void {
    const run = (): void => {
      if (socket.connected) socket._onEvent(args, ackId);
    };
    this.#whenReady(socket, { what: "event", run, size: () => sizeOf(args) });
  }

  onAck(session: number, ackId: number, args: unknown[]): void {
    // Callbacks do not survive sleep: a socket that is not there waits for nothing.
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

  onClosing(
    session: number,
    reason: string,
    connected: boolean,
    description?: unknown,
  ): Promise<void> | undefined {
    const socket = connected ? this.find(session) : this.#sockets.get(session);
    if (connected && socket !== undefined) {
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
    if (socket !== undefined) {
      socket._cleanUp();
      this.release(socket);
    } else {
      this.#requests.delete(session);
      this.#server._runtime.release(session);
    }
    return undefined;
  }

  saveSession(session: number): PackedSocket | undefined {
    const socket = this.#sockets.get(session);
    return socket && packSocket(socket._save(), socket._kept.mayHoldBytes);
  }

  saveCloneableSession(session: number): PackedSocket | undefined {
    const socket = this.#sockets.get(session);
    if (socket === undefined) return undefined;
    const saved = this.#withoutUncloneable(socket, socket._save());
    return packSocket(saved, socket._kept.mayHoldBytes);
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
    // Broadcasts and fetches must find the namespaces before any of their sockets is needed.
    this.#server._sleep.gate.silently(() => {
      for (const sessions of saved) sessions.forEach(restore);
    });
  }

  prepareRestored(): Promise<void> | undefined {
    const { opts, _sleep: sleep } = this.#server;
    return opts.replay === "eager" ? sleep.replays.runAll(this.#connected()) : undefined;
  }

  /** All sockets, which are made as they are asked for. */
  *#connected(): Iterable<AnySocket> {
    const runtime = this.#server._runtime;
    for (const nsp of [...this.#server._nsps.values()]) {
      for (const session of Array.from(runtime.resolveInOrder(nsp._handle, [], []))) {
        // It may be gone by now.
        const socket = runtime.isConnected(session) ? this.find(session) : undefined;
        if (socket !== undefined) yield socket;
      }
    }
  }

  /** An asynchronous listener runs, of this socket if it is one's. What it fails with is reported. */
  noteAsync(promise: PromiseLike<unknown>, namespace: string, socket?: AnySession): void {
    promise.then(undefined, (error: unknown) => {
      this.#server._report(error, namespace, socket?.id);
    });
    this.#server._sleep.ledger.noteListener(promise, socket?._kept);
  }

  /** A property of a socket cannot be kept. */
  logNotKept(socket: AnySession, key: string): void {
    if (typeof DORMOUSE_DIAGNOSTICS !== "undefined" && !DORMOUSE_DIAGNOSTICS) return;
    if (this.#lost.has(key)) return;
    this.#lost.add(key);
    this.#server._runtime.debug?.("socket", `socket.${key} of ${socket._describe()} is not kept`);
  }

  /** What of a socket can be cloned; the rest is told of. */
  #withoutUncloneable(socket: AnySession, saved: SavedSocket): SavedSocket {
    const tell = (what: string) => (key: string) => this.#reportLost(socket, `${what}.${key}`);
    return {
      ...saved,
      auth: withoutUncloneable(saved.auth, tell("socket.handshake.auth")),
      data: withoutUncloneable(saved.data, tell("socket.data")),
      own: withoutUncloneable(saved.own, (key) => this.logNotKept(socket, key)),
    };
  }

  /** Tells the listeners of a session for all that goes out. */
  notifyOutgoing(session: number, data: unknown[]): void {
    const socket = this.find(session);
    if (socket === undefined) return;
    const run = (): void => socket.notifyOutgoingListeners({ data });
    this.#whenReady(socket, { what: "outgoing event", run, size: () => sizeOf(data) });
  }

  /** Whether another socket of its client is replayed, and has to be alone with what hangs around them. */
  #isHeldBack({ _conn: conn }: AnySocket): boolean {
    return this.#server._sleep.replays.remakers?.holdsBack(conn) === true;
  }

  /** Delivers once a socket has its listeners. Returns false if that is not yet. */
  #whenReady(socket: AnySocket, delivery: Delivery): boolean {
    if (socket._replay === undefined && !this.#isHeldBack(socket)) {
      delivery.run();
      return true;
    }
    return this.#server._sleep.replays.whenReady(socket, {
      ...delivery,
      run: () => {
        this.#server._sleep.ledger.noteEvent(socket._kept);
        delivery.run();
        // It may be that no input is under way any more.
        this.#server._runtime.endTurnSoon();
      },
    });
  }

  #reportLost(socket: AnySession, what: string): void {
    const reported = this.#reported.get(socket) ?? new Set();
    if (reported.has(what)) return;
    this.#reported.set(socket, reported.add(what));
    const problem = new TypeError(
      `dormouse: ${what} of ${socket._describe()} cannot be cloned and is lost when the object sleeps`,
    );
    this.#server._report(problem, socket.nsp.name, socket.id);
  }

  onReset(): void {
    this.#stranded = this.#forgetAll();
    // In the new core the same handles mean others. Those that go on get theirs.
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
    // The rest was not needed since the last sleep, or is older than the snapshot.
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
    for (const socket of this.#forgetAll()) this.#markSocketStale(socket);
  }

  /**
   * The server is from before a sleep, and another has taken its place: it and all of its namespaces and
   * sockets are stale. Nothing is done to clients.
   */
  retire(): void {
    const server = this.#server;
    const report = (error: Error): void => this.#reportStaleUse(error);
    server._runtime.forgetSleepers();
    for (const socket of this.#sockets.values()) this.#markSocketStale(socket);
    this.#sockets.clear();
    for (const nsp of server._nsps.present()) markStale(nsp, "namespace", () => nsp.name, report);
    server._sleep.retire(report);
    markStale(server.engine, "io.engine", () => "a server", report);
    markStale(server, "io", () => "a server", report);
    for (const connection of server._runtime.connections()) this.#markConnectionStale(connection);
  }

  #markSocketStale(socket: AnySocket): void {
    socket._session = NONE;
    socket.connected = false;
    const describe = (): string => socket._describe();
    markStale(socket, "socket", describe, (error) => this.#reportStaleUse(error));
    this.#markConnectionStale(socket._conn);
  }

  #markConnectionStale(connection: Connection): void {
    connection.readyState = "closed";
    const describe = (): string => connection._describe();
    markStale(connection, "socket.conn", describe, (error) => this.#reportStaleUse(error));
  }

  #reportStaleUse(error: Error): void {
    this.#server._runtime._report(error, "used after a sleep");
  }

  /** Forgets all sockets, and makes the namespaces known to a new core. Returns the sockets. */
  #forgetAll(): AnySocket[] {
    const sockets = this.#sockets.values();
    this.#sockets.clear();
    this.#requests.clear();
    this.#ending.clear();
    for (const nsp of this.#server._nsps.present()) nsp._reset();
    return sockets;
  }

  #namespaceOf(session: number): Namespace<Any, Any, Any, Any> | undefined {
    const runtime = this.#server._runtime;
    return this.#server._nsps.get(runtime.namespaceName(runtime.namespaceOf(session)));
  }

  /** Makes the socket of a session that was connected before a sleep. */
  #restore(session: number): AnySocket | undefined {
    const runtime = this.#server._runtime;
    const nsp = this.#namespaceOf(session);
    if (nsp === undefined) return undefined;
    const id = runtime.sessionId(session);
    const packed = runtime.takeRestored(session) as PackedSocket | undefined;
    // Sessions that never got through their middlewares ask to connect again.
    if (packed === undefined && !runtime.isListed(session)) return undefined;
    const saved = packed === undefined ? undefined : unpackSocket(packed);
    const socket = new Socket(nsp, runtime.connectionOf(session), session, {
      auth: saved?.auth,
      issued: saved?.issued ?? runtime.now(),
      recovered: saved?.recovered,
      data: saved?.data,
      partial: saved?.partial,
      own: saved?.own,
      handshake: saved?.handshake,
      repeats: saved?.repeats,
      removed: saved?.removed,
      unsettled: saved?.unsettled,
      restored: true,
      id,
      pid: runtime.recoveryId(session) || undefined,
      connected: true,
    });
    this.add(socket);
    return socket;
  }
}

/** Whether a socket that a client has from now on might miss what was around its others before a sleep. */
function mayMiss(connection: Connection): boolean {
  return connection._restored !== undefined && hangsAround(connection);
}
