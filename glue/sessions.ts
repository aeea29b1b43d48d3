/**
 * What stands between the runtime and the sockets: which `Socket` belongs to which session of the
 * core, and what happens to a session from the CONNECT to its end.
 */
import { NONE } from "./abi.gen.ts";
import type { Application, ConnectRequest } from "./application.ts";
import type { Connection } from "./connection.ts";
import type { Namespace } from "./namespace.ts";
import type { Server } from "./server.ts";
import { type SavedSocket, Socket } from "./socket.ts";
import type { DisconnectReason } from "./socket-types.ts";
import type { Any } from "./typed-events.ts";

type AnySocket = Socket<Any, Any, Any, Any>;

export class Sessions implements Application {
  readonly #server: Server<Any, Any, Any, Any>;
  /** By session handle. A session of a woken object has none until it is needed. */
  readonly #sockets: (AnySocket | undefined)[] = [];
  /** CONNECTs that have no socket yet: the namespace is being decided on, or a session restored. */
  readonly #requests = new Map<number, ConnectRequest>();

  constructor(server: Server<Any, Any, Any, Any>) {
    this.#server = server;
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
    return this.#sockets[session] ?? this.#restore(session);
  }

  /** The socket of a session if there is one already. */
  peek(session: number): AnySocket | undefined {
    return this.#sockets[session];
  }

  /** The sockets of a namespace that were needed so far. */
  existing(nsp: Namespace<Any, Any, Any, Any>): AnySocket[] {
    return this.#sockets.filter((socket) => socket?.nsp === nsp) as AnySocket[];
  }

  /** A new socket has this session. */
  add(socket: AnySocket): void {
    this.#requests.delete(socket._session);
    this.#sockets[socket._session] = socket;
  }

  /** Ends a session from this side. Its socket hears of it before this returns. */
  disconnect(session: number): void {
    const runtime = this.#server._runtime;
    // When its connection is closing, the core has ended the session already and its turn will come.
    if (runtime.isConnected(session)) runtime.disconnect(session);
  }

  /** Gives the session back to the core. The socket has left its rooms. */
  release(socket: AnySocket): void {
    const session = socket._session;
    this.forget(socket);
    this.#server._runtime.release(session);
    socket.nsp._onSocketGone?.();
  }

  /** The session of a socket is gone, or about to be. */
  forget(socket: AnySocket): void {
    this.#sockets[socket._session] = undefined;
    socket.nsp._forgetSocket(socket);
    socket._session = NONE;
  }

  /** Whether a CONNECT still waits for its answer. */
  isWaiting(request: ConnectRequest): boolean {
    return this.#requests.get(request.session) === request;
  }

  // --- what the runtime tells --------------------------------------------------------------------

  /** Nothing to do: clients are told of through the engine, and join namespaces later. */
  onConnection(_connection: Connection): void {}

  onConnect(request: ConnectRequest): void {
    const { session, name, auth } = request;
    this.#requests.set(session, request);
    const server = this.#server;
    const nsp = server._nsps.get(name);
    if (nsp !== undefined) {
      nsp._add(request);
      return;
    }
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
        server._runtime.reject(session);
      }
    });
  }

  onEvent(session: number, args: unknown[], ackId: number | undefined): void {
    this.get(session)._onEvent(args, ackId);
  }

  onAck(session: number, ackId: number, args: unknown[]): void {
    // Callbacks do not survive sleep: a socket that is not there waits for nothing.
    const socket = this.#sockets[session];
    if (socket?._onAck(ackId, args)) return;
    const nsp = socket?.nsp ?? this.#server._namespaceOf(session);
    nsp?._broadcastAcks.receive(session, ackId, args);
  }

  onError(session: number, error: Error): void {
    this.find(session)?._onError(error);
  }

  onClosing(session: number, reason: string, connected: boolean, description?: unknown): void {
    const socket = connected ? this.find(session) : this.#sockets[session];
    if (connected && socket !== undefined) {
      socket._onClose(reason as DisconnectReason, description);
    } else if (socket !== undefined) {
      socket._cleanUp();
      this.release(socket);
    } else {
      this.#requests.delete(session);
      this.#server._runtime.release(session);
    }
  }

  saveSession(session: number): SavedSocket | undefined {
    return this.#sockets[session]?._saved;
  }

  onReset(): void {
    const sockets = this.#sockets.splice(0).filter((socket) => socket !== undefined);
    this.#requests.clear();
    for (const nsp of this.#server._nsps.values()) nsp._reset();
    for (const socket of sockets) socket._onReset();
  }

  /** Makes the socket of a session that was connected before a sleep. */
  #restore(session: number): AnySocket | undefined {
    const runtime = this.#server._runtime;
    const nsp = this.#server._namespaceOf(session);
    const id = runtime.sessionId(session);
    // Sessions that never got through their middlewares ask to connect again.
    if (nsp === undefined || runtime.findSession(nsp._handle, id) !== session) return undefined;
    const saved = runtime.takeRestored(session) as SavedSocket | undefined;
    const socket = new Socket(nsp, runtime.connectionOf(session), session, {
      auth: saved?.auth ?? {},
      issued: saved?.issued ?? runtime.now(),
      recovered: saved?.recovered ?? false,
      data: saved?.data ?? {},
      id,
      pid: runtime.recoveryId(session) || undefined,
      connected: true,
    });
    this.add(socket);
    return socket;
  }
}
