/** `io`: the namespaces of one object, and the main one's methods. */

import { RecoveringAdapter } from "../../adapter/recovery/recovery-part.ts";
import { Adapter } from "../../adapter/rooms/adapter.ts";
import { DIAGNOSTICS } from "../../common/diagnostics.ts";
import { EventEmitter } from "../../common/event-emitter.ts";
import { leftOut } from "../../common/features.ts";
import * as DisconnectReason from "../../core/abi/disconnect-reason.gen.ts";
import type { Connection } from "../../engine/connections/connection.ts";
import type { Frame } from "../../engine/host/host.ts";
import type { Engine } from "../../engine/runtime/engine.ts";
import type { Runtime } from "../../engine/runtime/runtime.ts";
import type { AwakeReason } from "../../sleep/awake/awake-reasons.ts";
import type { Schedule, ScheduledEvents } from "../../sleep/server-state/schedule.ts";
import { Sleep } from "../../sleep/sleep.ts";
import type { ExtendedError } from "../admission/middleware.ts";
import { BroadcastEmitter } from "../emitting/broadcast-emitter.ts";
import type { BroadcastOperator } from "../emitting/broadcast-operator.ts";
import { NamespaceMap } from "../sessions/namespace-map.ts";
import { Sessions } from "../sessions/sessions.ts";
import type { SocketId } from "../types/socket-types.ts";
import type { Any, DefaultEventsMap, EventsMap } from "../types/typed-events.ts";
import { Client } from "./client.ts";
import { Namespace } from "./namespace.ts";
import {
  type AdapterConstructor,
  type RecoveryOptions,
  recoveryDefaults,
  resolveOptions,
  type ServerOptions,
  warnOfOption,
} from "./options.ts";
import { ParentNamespace, type ParentNspNameMatchFn } from "./parent-namespace.ts";
import type { ServerReservedEventsMap } from "./reserved-events-maps.ts";
import { type ServerStats, statsOf } from "./server-stats.ts";
import type { Socket } from "./socket.ts";

/** Undefined where it was left out of the bundle. */
const statistics =
  typeof DORMOUSE_STATISTICS === "undefined" || DORMOUSE_STATISTICS ? statsOf : undefined;

/**
 * `io`: the namespaces of one object, or of one process on Node. Its own methods for clients, listeners
 * and broadcasts are those of the main namespace, `/`.
 *
 * Events: `connection` (and `connect`, the same) with each `Socket` of the main namespace;
 * `new_namespace` with each namespace that is made.
 *
 * @example
 * io.on("connection", (socket) => {
 *   socket.on("say", (text) => io.emit("said", socket.id, text));
 * });
 */
export class Server<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Any,
  ServerData = Any,
  Scheduled = ScheduledEvents,
> extends BroadcastEmitter<
  EmitEvents,
  ServerSideEvents,
  ServerReservedEventsMap<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
  SocketData
> {
  /** The main namespace, `/`. */
  readonly sockets: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData, ServerData>;
  /**
   * The connections underneath: their number, their ids, and the events `connection`, `connection_error`,
   * `initial_headers` and `headers`.
   *
   * @example
   * io.engine.on("connection_error", ({ code, message, context }) => console.log(code, message));
   */
  readonly engine: Engine;
  /** Encodes packets for adapters made for upstream. */
  readonly encoder: { encode(packet: Any): Frame[] };
  /** The namespaces by name, those without a parent and the children. */
  readonly _nsps = new NamespaceMap<
    Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
  >(() => this._runtime.wakeAllOnceStarted());
  /** @internal In the order in which they are asked. */
  readonly _parentNamespaces = new Map<
    ParentNspNameMatchFn | RegExp,
    ParentNamespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
  >();
  /** @internal */
  readonly _runtime: Runtime;
  /** @internal What is kept, repeated and waited for where the object sleeps. */
  readonly _sleep: Sleep;
  /** @internal */
  readonly _sessions: Sessions<Socket<Any, Any, Any, Any>>;
  /** @internal The options of connection state recovery, if it is on. */
  readonly _recovery: RecoveryOptions | undefined;
  #adapter: AdapterConstructor;
  #path = "";

  /** @internal Servers are made by their hosts. */
  constructor(runtime: Runtime) {
    super();
    this._runtime = runtime;
    this.engine = runtime.engine;
    this.path(runtime.options.path);
    const { connectionStateRecovery, adapter } = this.opts;
    this.#adapter = adapter ?? Adapter;
    if (typeof DORMOUSE_RECOVERY === "undefined" || DORMOUSE_RECOVERY) {
      if (connectionStateRecovery) {
        this._recovery = { ...recoveryDefaults, ...connectionStateRecovery };
        this.#adapter = adapter ?? RecoveringAdapter ?? Adapter;
      }
    }
    this.encoder = { encode: (packet) => encodePacket(runtime, packet) };
    this._sleep = new Sleep(runtime);
    this._sessions = new Sessions(this);
    runtime.application = this._sessions;
    this.sockets = this.of("/");
  }

  // --- settings ----------------------------------------------------------------------------------

  /** The same as `engine`, under its old name. */
  get eio(): Engine {
    return this.engine;
  }

  /** The same as `opts`, under the name that upstream's own code uses. */
  get _opts(): ServerOptions {
    return this.opts;
  }

  /**
   * The options it was made with. Adapters read them. The runtime keeps them: its host hands it those of
   * the server with its own.
   */
  get opts(): ServerOptions {
    return this._runtime.options;
  }

  /** The path of its requests, `/socket.io` by default. */
  path(): string;
  path(path: string): this;
  path(path?: string): this | string {
    if (path === undefined) return this.#path;
    this.#path = path.replace(/\/$/, "");
    return this;
  }

  /**
   * How long a client may take to join a namespace, in milliseconds. A new value holds for those who are
   * about to, too.
   *
   * @throws TypeError for what is no positive number
   */
  connectTimeout(): number;
  connectTimeout(milliseconds: number): this;
  connectTimeout(milliseconds?: number): this | number {
    if (milliseconds === undefined) return this._runtime.options.connectTimeout;
    const { connectTimeout } = resolveOptions({ connectTimeout: milliseconds });
    this._runtime.setConnectTimeout(connectTimeout);
    return this;
  }

  /** Whether it serves the client's files: only a server on Node does; elsewhere true is ignored, with a warning. */
  serveClient(): boolean;
  serveClient(isServed: boolean): this;
  serveClient(isServed?: boolean): this | boolean {
    if (isServed === undefined) return false;
    warnOfOption?.("serveClient", isServed);
    return this;
  }

  /**
   * The class of the namespaces' adapters. A new one takes effect for those that exist, too; rooms stay.
   *
   * @throws TypeError on a shard, for a class that does not extend what `io.adapter()` gives there
   * @example
   * io.adapter(class extends Adapter {
   *   override broadcast(packet, opts) {
   *     console.log("to", opts.rooms, packet.data);
   *     super.broadcast(packet, opts);
   *   }
   * });
   */
  adapter(): AdapterConstructor;
  adapter(adapter: AdapterConstructor): this;
  adapter(adapter?: AdapterConstructor): this | AdapterConstructor {
    if (adapter === undefined) return this.#adapter;
    this.sockets.adapter._checkSuccessor?.(adapter);
    const before = this.#adapter;
    this.#adapter = adapter;
    try {
      for (const nsp of this._nsps.values()) nsp._initAdapter();
    } catch (error) {
      // Whoever catches it goes on with the one before.
      this.#adapter = before;
      throw error;
    }
    return this;
  }

  // --- namespaces --------------------------------------------------------------------------------

  /**
   * The namespace of this name; it is made if there is none. With a pattern or a function: a parent for
   * all namespaces whose names pass, which are made when clients ask for them.
   *
   * @param fn added as a listener for `connect`
   * @throws Error for a pattern with the flag `g` or `y`
   * @example
   * io.of("/chat").on("connection", (socket) => {});
   *
   * io.of(/^\/team-\d+$/).on("connection", (socket) => {
   *   socket.nsp.emit("joined", socket.id); // to the team
   * });
   */
  of(
    name: string | RegExp | ParentNspNameMatchFn,
    fn?: (socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => void,
  ): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    const nsp =
      typeof name === "function" || name instanceof RegExp
        ? this.#addParent(name)
        : this.#namespace(String(name).startsWith("/") ? String(name) : `/${name}`);
    if (fn) nsp.on("connect", fn);
    return nsp;
  }

  #addParent(
    name: RegExp | ParentNspNameMatchFn,
  ): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    if (name instanceof RegExp && (name.global || name.sticky)) {
      throw new Error("stateful regular expressions are not supported");
    }
    const parent = new ParentNamespace(this);
    this._parentNamespaces.set(name, parent);
    this._sleep.noteNamespace(parent);
    return parent;
  }

  #namespace(name: string): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    const existing = this._nsps.get(name) ?? this.#childOfPattern(name);
    if (existing !== undefined) return existing;
    const nsp = this.#makeNamespace(name);
    this._sleep.noteNamespace(nsp);
    return nsp;
  }

  #makeNamespace(name: string): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    const nsp = new Namespace(this, name);
    this._nsps.set(name, nsp);
    if (DIAGNOSTICS) this._runtime.debug?.("server", `namespace ${name} is open`);
    if (name !== "/") nsp._register(() => this.sockets._announceNamespace(nsp));
    return nsp;
  }

  #childOfPattern(
    name: string,
  ): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> | undefined {
    for (const [pattern, parent] of this._parentNamespaces) {
      if (pattern instanceof RegExp && pattern.test(name)) return parent.createChild(name);
    }
    return undefined;
  }

  /** @internal Asks the parents in their order for a namespace of this name. */
  _checkNamespace(
    name: string,
    auth: Record<string, Any>,
    fn: (nsp: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> | false) => void,
  ): void {
    const parents = this._parentNamespaces.entries();
    const ask = (): void => {
      const next = parents.next();
      if (next.done) {
        fn(false);
        return;
      }
      const [matches, parent] = next.value;
      let isAnswered = false;
      const answer = (error: Error | null, isAllowed: boolean): void => {
        if (isAnswered) return;
        isAnswered = true;
        if (error || !isAllowed) ask();
        // It may have been made while this was being decided.
        else fn(this._nsps.get(name) ?? parent.createChild(name));
      };
      if (matches instanceof RegExp) answer(null, matches.test(name));
      else matches(name, auth, answer);
    };
    ask();
  }

  /**
   * @internal The namespace of sockets that were there before a sleep, made again if it was a child of
   * the parent with this index.
   */
  _restoreNamespace(
    name: string,
    parent: number | undefined,
  ): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    const existing = this._nsps.peek(name);
    if (existing !== undefined) return existing;
    // A parent's function is not asked again, for its answer may take time; it said yes once.
    const parents = [...this._parentNamespaces.values()];
    const child = parent === undefined ? undefined : parents[parent]?.createChild(name);
    return child ?? this.#makeNamespace(name);
  }

  // --- what outlives a sleep ---------------------------------------------------------------------

  /**
   * What `socket.data` is for a client, for the server: an object whose keys are kept in the object's
   * storage, and are there after a sleep, an eviction, a crash and a deploy. The main namespace's `data`.
   *
   * The values are anything that can be cloned: maps, sets, dates, bytes, nested objects. A key is read when
   * it is first used, and written a tenth of a second after a turn in which it may have changed, if it has.
   * Undefined stands for no value. On Node it lasts as long as the process.
   *
   * @throws on assignment: TypeError for what cannot be cloned; RangeError for what is larger than the
   *   storage's values may be (2 MB, in PartyKit 128 KB)
   * @example
   * io.data.scores ??= new Map();
   * io.on("connection", (socket) => {
   *   socket.on("point", () => io.data.scores.set(socket.data.user, 1));
   * });
   */
  get data(): ServerData {
    return this.sockets.data;
  }

  /**
   * Timers that outlive a sleep, a crash and a deploy.
   *
   * @example
   * io.schedule.on("round", (number) => {
   *   io.emit("round", number);
   *   io.schedule.after(60_000, "round", { args: [number + 1] });
   * });
   */
  get schedule(): Schedule<Scheduled> {
    const { state } = this._sleep;
    if ((typeof DORMOUSE_STATE !== "undefined" && !DORMOUSE_STATE) || !state) {
      throw leftOut("io.schedule", "DORMOUSE_STATE");
    }
    return state.schedule as Schedule<Any>;
  }

  // --- the end -----------------------------------------------------------------------------------

  /**
   * Disconnects all clients (`server shutting down`) and closes all connections. A Durable Object stays,
   * and takes new clients.
   *
   * @param fn called when it is done
   */
  async close(fn?: (err?: Error) => void): Promise<void> {
    if (this._sleep.gate.isDropping) {
      // It is dropped, too, and noted whom it would have ended.
      this.engine.close();
      return;
    }
    await this._closeSessions();
    this.engine.close();
    fn?.();
  }

  /** @internal Ends all sessions; the connections stay. Resolves once the adapters are closed. */
  async _closeSessions(): Promise<void> {
    const { _runtime: runtime } = this;
    if (DIAGNOSTICS)
      runtime.debug?.("server", `closing, with ${runtime._table.awakeCount} connections`);
    const closeNamespace = async (nsp: Namespace<Any, Any, Any, Any>): Promise<void> => {
      for (const session of runtime.resolve(nsp._handle, [], []).sessions) {
        runtime.closeSession(session, DisconnectReason.server_shutting_down);
      }
      await nsp.adapter.close();
    };
    await Promise.allSettled([...this._nsps.values()].map(closeNamespace));
  }

  // --- sleep ---------------------------------------------------------------------------------------

  /**
   * What is known that a sleep would lose. While there is anything, the object stays awake, unless
   * `hibernate` is `"always"`. Empty where it never sleeps. On Node, where nothing sleeps by itself, what
   * would keep an object awake there.
   *
   * @example
   * for (const { what, whose, instead } of io.awakeReasons) console.log(`${what} of ${whose}: ${instead}`);
   */
  get awakeReasons(): readonly AwakeReason[] {
    return this._sessions.awakeReasons();
  }

  /**
   * Keeps the object awake until what it returns is called, for as long as somebody is connected: for what a sleep
   * would interrupt. `what` is listed in `awakeReasons`. While that lasts the object is billed.
   *
   * @example
   * const release = io.keepAwake("a game is on");
   * setTimeout(release, 60_000);
   */
  keepAwake(what: string): () => void {
    return this._sleep.hold(what);
  }

  /**
   * Calls a function that adds listeners later than `setup`, and that is called again after a sleep: what it adds,
   * to the server, namespaces, adapters, connections or sockets, is no reason to stay awake. Returns its result.
   *
   * @example
   * const follow = () => io.of("/").adapter.on("join-room", (room) => console.log(room));
   * if (io.data.isFollowed) follow(); // after a sleep
   * io.on("connection", (socket) => {
   *   socket.on("follow", () => {
   *     io.data.isFollowed = true;
   *     io.registersAgain(follow);
   *   });
   * });
   */
  registersAgain<Result>(register: () => Result): Result {
    return this._sleep.registersAgain(register);
  }

  /**
   * The server's sleep in numbers: how often and how long it slept, what woke it, what it was asked and has
   * written. `dormouse-io/stats` estimates from it what that costs.
   *
   * @example
   * const { naps, slept, wakes } = io.stats();
   * console.log(`${naps} naps, ${slept / 1000} s, ${wakes.message} times woken by a message`);
   */
  stats(): ServerStats {
    if (statistics === undefined) throw leftOut("io.stats()", "DORMOUSE_STATISTICS");
    return statistics(this);
  }

  // --- the main namespace's methods --------------------------------------------------------------

  /**
   * Adds a middleware to the main namespace. See `Namespace.use`.
   *
   * @example
   * io.use((socket, next) => {
   *   if (socket.handshake.auth.token === "secret") next();
   *   else next(new Error("who are you?"));
   * });
   */
  use(
    fn: (
      socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
      next: (err?: ExtendedError) => void,
    ) => void,
  ): this {
    this.sockets.use(fn);
    return this;
  }

  /** @internal The operator that means everyone. */
  override get _everyone(): BroadcastOperator<Any, SocketData> {
    return this.sockets._everyone;
  }

  // --- what the library calls --------------------------------------------------------------------

  /** @internal The client of a connection. */
  _clientOf(
    connection: Connection,
  ): Client<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    // Not their values alone: they may be guarded.
    connection._client ??= Object.defineProperties(
      new Client(this, connection),
      Object.getOwnPropertyDescriptors(connection._clientProperties ?? {}),
    );
    return connection._client as Client<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  }

  /** @internal Reports what a listener or a middleware threw. */
  _report(error: unknown, namespace: string, id?: SocketId): void {
    this._runtime._report(error, id === undefined ? namespace : `${namespace}, socket ${id}`);
  }
}

/** Frames without Engine.IO's packet type, which `client.writeToEngine` puts in front. */
function encodePacket(
  runtime: Runtime,
  packet: { type: number; nsp: string; id?: number; data: unknown[] },
): Frame[] {
  const frames = runtime.encode(packet.type, packet.nsp, packet.id, packet.data);
  return frames.map((frame) => (typeof frame === "string" ? frame.slice(1) : frame));
}

/** Everything that has to do with listeners is the main namespace's. */
for (const method of Object.getOwnPropertyNames(EventEmitter.prototype)) {
  if (method === "constructor" || method.startsWith("_")) continue;
  Object.defineProperty(Server.prototype, method, {
    configurable: true,
    writable: true,
    value(this: Server, ...args: unknown[]): unknown {
      const { sockets } = this;
      // Upstream, too, returns the namespace where an emitter returns itself.
      return Reflect.apply(Reflect.get(sockets, method), sockets, args);
    },
  });
}
