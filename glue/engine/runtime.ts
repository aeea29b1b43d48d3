/**
 * Drives the core: hosts feed it inputs, the application side gives it commands, and it carries out
 * what the core asks for. Every input and command runs the core, then dispatches the effects, all
 * before it returns.
 */

import type { Codec, Packet } from "../codec/codec.ts";
import { jsonCodec } from "../codec/json.ts";
import { parserPart } from "../codec/parser-part.ts";
import { DIAGNOSTICS } from "../common/diagnostics.ts";
import * as DisconnectReason from "../core/abi/disconnect-reason.gen.ts";
import * as Status from "../core/abi/status.gen.ts";
import * as Transport from "../core/abi/transport.gen.ts";
import { NEVER } from "../core/abi.gen.ts";
import { Core, type HandshakeCheck } from "../core/core.ts";
import type { Effect } from "../core/effects.ts";
import { CoreError, CoreTrap } from "../core/errors.ts";
import { POLICY_VIOLATION, TRY_AGAIN_LATER } from "./close-codes.ts";
import { Commands } from "./commands.ts";
import { Connection } from "./connection.ts";
import { announceBytes, announceText } from "./connection-events.ts";
import { coreConfigOf } from "./core-config.ts";
import { DetailsRequest } from "./details-request.ts";
import { Dispatcher } from "./dispatcher.ts";
import { type ConnectionErrorEvent, Engine } from "./engine.ts";
import type { ConnectionSnapshot, Host, HostTransport } from "./host.ts";
import { headOf, IdentifierSource, socketIdOf } from "./identifiers.ts";
import { type Keeper, NO_KEEPER } from "./keeper.ts";
import { describeMessage } from "./message-log.ts";
import type { ResolvedEngineOptions } from "./options.ts";
import type { PollingServer } from "./polling-support.ts";
import { Repeats } from "./repeats.ts";
import { Reports } from "./reports.ts";
import type { EngineRequest, Opening } from "./request.ts";
import { RequestDetails } from "./request-details.ts";
import { Restoring } from "./restoring.ts";
import { TallyPart } from "./statistics-part.ts";
import type { Counting } from "./tally.ts";
import { TrapRecovery } from "./trap-recovery.ts";
import { Turns } from "./turns.ts";

/** The name of the core's deadline: heartbeats and timeouts. */
export const CORE_DEADLINE = "core";

/** What is left of a connection in a sleep. */
export interface SleepingConnection {
  socket: HostTransport;
  snapshot: ConnectionSnapshot;
}

export class Runtime extends Commands {
  /** `io.engine`. */
  readonly engine: Engine;
  override readonly codec: Codec;
  /** Keeps connections while the object sleeps. Set by the server, before the first input. */
  keeper: Keeper = NO_KEEPER;
  /**
   * Runs the application's part of a handshake again for a request that was accepted before a sleep, and
   * drops whatever it answers. `repeats`: flags of `Repeats`. Set by hosts that lead requests through it.
   */
  repeatHandshake: ((request: EngineRequest, repeats: number) => Promise<void>) | undefined;

  /** Makes an id tell where it was made, where there are several servers. */
  markId: ((id: string) => string) | undefined;
  /** Whether a session's requests find this server of several; undefined where they do by any id. */
  isFoundBy: ((id: string) => boolean) | undefined;

  protected override readonly turns = new Turns(
    () => {
      if (this.host.save === undefined) return;
      this.tally.endTurn(this.turnStartedAt, this.#keepChanges);
    },
    this.host.debug && (() => this.keeper.tellOfLateChanges()),
  );
  #options: ResolvedEngineOptions;
  #polling: PollingServer | undefined;
  readonly #module: object;
  readonly #identifiers: IdentifierSource;
  readonly #dispatcher: Dispatcher;
  readonly #traps: TrapRecovery;
  readonly #restoring: Restoring;
  readonly #reports: Reports;
  /** What the server counts of itself. */
  readonly tally: Counting;
  /** Whether the keeper keeps, at the end of a turn, what has changed. */
  #isKeeping = false;
  /** When the message came that is being handled: the platform is asked once for a turn. */
  #messageAt: number | undefined;
  readonly #handleDeadline = (): void => this.handleTimeout();
  readonly #keepChanges = (): void => {
    this.#isKeeping = true;
    try {
      this.keeper.endTurn();
    } finally {
      this.#isKeeping = false;
    }
  };
  /** What waits for the start; undefined once there was one. */
  #beforeStart: (() => void)[] | undefined = [];

  /** `module`: the core, a `WebAssembly.Module`. */
  constructor(host: Host, module: object, options: ResolvedEngineOptions) {
    super(host);
    this.#options = options;
    this.#reports = new Reports(host);
    this.#polling = options.polling?.serve(this);
    this.#module = module;
    this.#identifiers = new IdentifierSource((target) => host.randomBytes(target));
    const { parser } = options;
    this.codec = parser && parserPart ? parserPart.externalCodec(parser) : jsonCodec;
    this._core = this.#makeCore();
    this.engine = new Engine(this);
    this.tally = this.#makeTally(host);
    this.#dispatcher = new Dispatcher(this);
    this.#restoring = new Restoring(this, this.#dispatcher, (connection, error) => {
      this.#lose(connection, DisconnectReason.transport_error, error);
    });
    this.#traps = new TrapRecovery(this, this.#dispatcher, {
      replaceCore: () => this.#forgetAll(),
      endTurn: () => this.turns.scheduleEnd(),
    });
  }

  // --- for hosts: options ------------------------------------------------------------------------

  get options(): ResolvedEngineOptions {
    return this.#options;
  }

  /** HTTP long-polling, if it is among the transports. */
  get polling(): PollingServer | undefined {
    return this.#polling;
  }

  /**
   * Takes other options, which hold for all clients that come from now on. Not while there are any, or
   * any whose end is being told: throws. The parser, the adapter and recovery stay as the constructor was told.
   */
  configure(options: ResolvedEngineOptions): void {
    this.wakeAll();
    if (this._table.withEnding().length > 0) {
      throw new Error("dormouse: the options cannot change while clients are connected");
    }
    this.#options = options;
    this.#polling = options.polling?.serve(this);
    this.engine._configure();
    this.#forgetAll();
    this.application.onHibernate?.();
    this.start();
  }

  /** Another time for clients to join a namespace, in milliseconds, those that wait already included. */
  setConnectTimeout(connectTimeout: number): void {
    this.#options = { ...this.#options, connectTimeout };
    this.command(() => this._everybody.setConnectTimeout(connectTimeout));
  }

  // --- for hosts: inputs -------------------------------------------------------------------------

  /** Engine.IO's checks of a request, in upstream's order. Returns a `HandshakeError`. */
  checkHandshake(request: HandshakeCheck): number {
    return this._core.checkHandshake(request);
  }

  /** A WebSocket was accepted, or a client that polls. Undefined if the object is full: the socket was closed then. */
  handleOpen(socket: HostTransport, opening: Opening): Connection | undefined {
    // All connections share one heartbeat: the core has to know one that was there before to know when it is due.
    if (this._table.awakeCount === 0) this.wakeAll();
    this.tally.noteRequest();
    return this.#input(() => {
      const { id, protocol, request } = opening;
      let handle: number;
      try {
        const kind = socket.name === "polling" ? Transport.polling : Transport.websocket;
        handle = this._core.handleOpen(this.host.now(), protocol, id, kind);
      } catch (error) {
        if (!(error instanceof CoreError) || error.status !== Status.too_many_connections)
          throw error;
        socket.close(TRY_AGAIN_LATER, "too many connections");
        return undefined;
      }
      const details =
        request instanceof DetailsRequest ? request._details : new RequestDetails(opening.details);
      const connection = new Connection(this, handle, socket, { id, protocol, details, request });
      connection._repeats = opening.repeats ?? Repeats.none;
      this._table.add(connection);
      this.#dispatcher.open(connection, this._core.pollEffects());
      if (connection._isHandedOut) this.keeper.noteOpened(connection);
      return connection;
    });
  }

  /** A message came. */
  handleMessage(connection: Connection, data: string | ArrayBuffer | Uint8Array): void {
    if (connection.readyState !== "open") return;
    this.tally.noteMessage();
    if (connection._isRestored) this.#announceAgain(connection);
    this.turns.beginInput();
    if (typeof DORMOUSE_DIAGNOSTICS === "undefined" || DORMOUSE_DIAGNOSTICS) {
      const { debug } = this;
      if (debug !== undefined) {
        debug(
          "engine",
          `${connection.id}: received ${describeMessage(data, this.codec.isExternal)}`,
        );
      }
    }
    try {
      if (typeof data === "string") {
        announceText(this, connection, data);
        this.#messageAt = this.host.now();
        const { _handle: handle } = connection;
        const delivery = this._core.handleDelivery(this.#messageAt, handle, data);
        if (delivery !== undefined) {
          this.#dispatcher.deliver(delivery, data);
        } else {
          this._core.handleText(this.#messageAt, handle, data);
          this.#dispatcher.dispatch(this._core.pollEffects(), data, undefined);
        }
      } else {
        const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
        announceBytes(this, connection, bytes);
        const now = this.host.now();
        this._core.handleBinary(now, connection._handle, bytes.length, bytes[0] ?? 0);
        this.#dispatcher.dispatch(this._core.pollEffects(), undefined, bytes);
      }
    } catch (error) {
      this.#failed(error);
    } finally {
      this.turns.endInput();
      this.#messageAt = undefined;
    }
  }

  /** What came cannot be decoded. `fault`: a `Fault`. */
  handleFault(connection: Connection, fault: number): void {
    this.#input(() => this._handleFault(connection, fault));
  }

  /** The WebSocket was closed by the client or is gone. */
  handleClose(connection: Connection, _code: number, _reason: string): void {
    this.tally.noteClose();
    this.#lose(connection, DisconnectReason.transport_close, undefined);
  }

  /** The WebSocket failed. */
  handleError(connection: Connection, error: unknown): void {
    this.tally.noteClose();
    this.#lose(connection, DisconnectReason.transport_error, error);
  }

  /**
   * A client cannot be served any further: it is told why, and its sessions end with `forced close`.
   * `code`: a WebSocket close code; stock clients connect anew, whatever it is.
   */
  expel(connection: Connection, reason: string, code = TRY_AGAIN_LATER): void {
    if (connection.readyState !== "open") return;
    connection._transport.close(code, reason);
    this.#lose(connection, DisconnectReason.forced_close, undefined);
  }

  /** The deadline passed, or an alarm came for any other reason. */
  handleTimeout(): void {
    this.#input(() => {
      const everybody = this._everybody;
      if (this.host.lastPong !== undefined) this.#noteAutomaticPongs();
      everybody.handleTimeout(this.host.now());
      this.#dispatcher.dispatch(this._core.pollEffects(), undefined, undefined);
    });
  }

  bringBack(restore: () => void): void {
    this.#duringCommand(() => {
      restore();
      if (this.#beforeStart === undefined) this.#restoring.goOn();
    });
  }

  /**
   * Brings a connection back that `Host.save` kept. What it wants from the application waits until
   * `start`, or later until `bringBack` is over. A snapshot that cannot be read costs the client its
   * connection: undefined.
   */
  restore(socket: HostTransport, snapshot: ConnectionSnapshot): Connection | undefined {
    return this.#duringCommand(() => this.#restoring.restore(socket, snapshot));
  }

  /**
   * To be called once the application has made its namespaces: what was restored goes on. Resolves when
   * events may come; undefined if that is so already.
   */
  start(): Promise<void> | undefined {
    // Whoever listens for these hears of what concerns everybody.
    if (this.engine.listenerCount("wake") > 0 || this.application.tellsOfNamespaces) this.wakeAll();
    this.#input(() => this.#restoring.goOn());
    const waiting = this.#beforeStart;
    this.#beforeStart = undefined;
    for (const run of waiting ?? []) run();
    const preparing = this.#input(() => this.application.prepareRestored?.());
    Promise.resolve(preparing).then(() => this.tally.start());
    return preparing;
  }

  /**
   * Drops everything in memory and restores it from snapshots, as a sleep would: at once, or when no event and
   * nothing that a sleep would undo is under way. `rebind` gets each socket with its new connection. Resolves when
   * it is done; undefined if it is.
   */
  hibernate(
    rebind: (socket: HostTransport, connection: Connection | undefined) => void,
  ): Promise<void> | undefined {
    return this.betweenEvents(() => {
      for (const { socket, snapshot } of this.putToSleep()) {
        rebind(socket, this.restore(socket, snapshot));
      }
      this.tally.resume(this.tally.take());
      this.start();
    });
  }

  /**
   * Calls `run` at once; within an event right after it, and while anything is under way that a sleep would undo (a
   * replay for which events wait) after that. Resolves when it was called; undefined if it was.
   */
  betweenEvents(run: () => void): Promise<void> | undefined {
    const { settled } = this.keeper;
    if (settled !== undefined) {
      // What waited for it has been delivered, and goes on in microtasks.
      const delivered = settled.then(() => new Promise((resolve) => setTimeout(resolve)));
      return delivered.then(() => this.betweenEvents(run));
    }
    if (!this.turns.isRunning) {
      run();
      return undefined;
    }
    return new Promise((resolve) => {
      this.turns.afterwards(() => resolve(this.betweenEvents(run)));
    });
  }

  /**
   * Forgets everything in memory, and gives what brings the connections back, here or in another
   * runtime. Not within an event.
   */
  putToSleep(): SleepingConnection[] {
    if (DIAGNOSTICS)
      this.debug?.("host", `sleeps and wakes with ${this.connectionCount} connections`);
    this.keeper.writeAll();
    this.#restoring.forget();
    const kept = this.connections().map((connection) => ({
      socket: connection._transport,
      snapshot: structuredClone(this.keeper.take(connection)),
    }));
    this.#forgetAll();
    this.application.onHibernate?.();
    return kept;
  }

  /** Closes every connection; sessions end with `server shutting down`. */
  shutDown(): void {
    for (const connection of this.connections()) {
      this.closeConnection(connection, DisconnectReason.server_shutting_down);
    }
  }

  /** Tells `connection_error` listeners that a handshake was refused. */
  emitConnectionError(event: ConnectionErrorEvent): void {
    const { code, message, context } = event;
    if (DIAGNOSTICS)
      this.debug?.("engine", `handshake refused: ${code} ${message} ${JSON.stringify(context)}`);
    try {
      this.engine.emit("connection_error", event);
    } catch (error) {
      this._report(error, "connection_error of the engine");
    }
  }

  // --- for the application side -------------------------------------------------------------------

  /** Brings back what comes back with clients, if the application has made what it makes at every start. */
  wakeAllOnceStarted(): void {
    if (this.#beforeStart === undefined) this.wakeAll();
  }

  /** Counts turns: a transport is not writable in a turn in which something was sent over it. */
  get turn(): number {
    return this.turns.count;
  }

  /** When the message came whose turn it is; in all other turns, now. In milliseconds since the epoch. */
  get turnStartedAt(): number {
    return this.#messageAt ?? this.host.now();
  }

  /** Whether an input or a command is under way. */
  get isInTurn(): boolean {
    return this.turns.isRunning;
  }

  /** Ends the turn once what runs now is over, so that what changed is kept. */
  endTurnSoon(): void {
    this.turns.scheduleEnd();
  }

  /** Calls `run` at the end of every turn from now on. */
  onTurnEnd(run: () => void): void {
    this.turns.alsoOnEnd(run);
  }

  /** Calls `run` once the application has made its namespaces: now, or with `start`. */
  whenStarted(run: () => void): void {
    if (this.#beforeStart === undefined) run();
    else this.#beforeStart.push(run);
  }

  /** 20 characters that nobody can guess. */
  generateId(): string {
    const id = this.#identifiers.next();
    return this.markId === undefined ? id : this.markId(id);
  }

  /** The id of a socket of this connection: nobody can guess it, and the connection is found by it after a sleep. */
  generateSocketId(connection: Connection): string {
    const id = this.#identifiers.next();
    // What the application makes is its own secret.
    const whole = this.engine._makesIds ? socketIdOf(connection.id, id) : id;
    return this.markId === undefined ? whole : this.markId(whole);
  }

  /** What a connection of this id can be found by after a sleep; undefined if it cannot. */
  headOf(id: string): string | undefined {
    return this.engine._makesIds ? headOf(id) : undefined;
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.host.now();
  }

  /** Tells of something under `DEBUG`; undefined when nobody wants to know. */
  get debug(): ((scope: string, message: string) => void) | undefined {
    return this.host.debug;
  }

  // --- for the dispatcher --------------------------------------------------------------------------

  /** @internal A fault that was found in what the core leaves to the glue. */
  _handleFault(connection: Connection, fault: number): void {
    if (connection.readyState !== "open") return;
    this._core.handleFault(connection._handle, fault);
    this.#dispatcher.dispatch(this._core.pollEffects(), undefined, undefined);
  }

  /** @internal A packet that an external codec has decoded. Returns what it leads to. */
  _handlePacket(connection: Connection, packet: Packet): Effect[] {
    if (typeof DORMOUSE_PARSER !== "undefined" && !DORMOUSE_PARSER) return [];
    this._core.handlePacket(connection._handle, packet.type, packet.nsp, packet.id);
    return this._core.pollEffects();
  }

  /** @internal */
  _schedule(time: number): void {
    if (DIAGNOSTICS)
      this.debug?.("host", time === NEVER ? "no deadline" : `deadline in ${time - this.now()} ms`);
    this.host.schedule(CORE_DEADLINE, time === NEVER ? null : time, this.#handleDeadline);
  }

  /** @internal The connection is over; its sessions have ended. */
  _remove(connection: Connection): void {
    this._table.remove(connection);
    this.keeper.forget(connection);
  }

  /** Reports what a listener threw; of very many, some, and how many there were. */
  _report(error: unknown, where: string): void {
    this.#reports.add(error, where);
  }

  // --- inputs ---------------------------------------------------------------------------------------

  #input<T>(run: () => T): T | undefined {
    this.turns.beginInput();
    try {
      return this.#guarded(run);
    } finally {
      this.turns.endInput();
    }
  }

  /** The same without a turn of its own, for what belongs to the one that is under way, if there is one. */
  #duringCommand<T>(run: () => T): T | undefined {
    this.turns.beginCommand();
    try {
      return this.#guarded(run);
    } finally {
      this.turns.endCommand();
    }
  }

  #guarded<T>(run: () => T): T | undefined {
    try {
      return run();
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  /** A trap was dealt with where it happened; everything else is a fault in the glue itself. */
  #failed(error: unknown): void {
    if (!(error instanceof CoreTrap)) this._report(error, "internal error");
  }

  protected override dispatchEffects(): void {
    const effects = this._core.pollEffects();
    if (effects.length > 0) this.#dispatcher.dispatch(effects, undefined, undefined);
  }

  // --- connections ---------------------------------------------------------------------------------

  /** Listeners of the engine's `connection` that listen to the connection are gone after a sleep. */
  #announceAgain(connection: Connection): void {
    connection._isRestored = false;
    if (this.engine.listenerCount("connection") === 0) return;
    const announce = (): void => this.engine._announce(connection);
    this.gate.silently(() => {
      this.#dispatcher.guard("engine connection", () => this.keeper.runAgain(connection, announce));
    });
  }

  /** @internal More waits for a client than may: it does not read. It is closed after this turn. */
  _giveUpUnread(connection: Connection, waiting: number): void {
    this.turns.afterwards(() => {
      const error = new Error(`the client does not read: ${waiting} bytes wait for it`);
      connection._transport.close(POLICY_VIOLATION, "the client does not read");
      this.#lose(connection, DisconnectReason.transport_error, error);
    });
  }

  #lose(connection: Connection, reason: number, description: unknown): void {
    if (connection.readyState !== "open") return;
    if (connection._isRestored) this.#announceAgain(connection);
    this.#input(() => {
      this._core.handleClose(connection._handle, reason);
      this.#dispatcher.lose(connection, this._core.pollEffects(), reason, description);
    });
  }

  #noteAutomaticPongs(): void {
    for (const connection of this._table.awake()) {
      // Pongs of those that poll are messages.
      if (connection._transport.name === "polling") continue;
      const at = this.host.lastPong?.(connection._transport) ?? null;
      if (at !== null) this._core.noteHeard(this.host.now(), connection._handle, at);
    }
  }

  // --- the core ------------------------------------------------------------------------------------

  #makeTally(host: Host): Counting {
    return new TallyPart({
      now: () => host.now(),
      rowsWritten: () => host.rowsWritten ?? 0,
      isHeld: () => this.keeper.isHeld,
      isInTurn: () => this.#isKeeping || this.turns.isRunning,
      keep: host.saveTally?.bind(host),
      onWake: (wake) => {
        if (this.engine.listenerCount("wake") === 0) return;
        this.#dispatcher.guard("wake of the engine", () => void this.engine.emit("wake", wake));
      },
    });
  }

  #makeCore(): Core {
    const config = coreConfigOf(this.options, this.codec, this.host);
    if (DIAGNOSTICS) this.debug?.("core", `new instance: ${JSON.stringify(config)}`);
    return new Core(this.#module, config, (trap) => this.#traps.recover(trap));
  }

  #forgetAll(): void {
    this._table.clear();
    this.keeper.clear();
    this.#dispatcher.abandon();
    this._core = this.#makeCore();
  }
}
