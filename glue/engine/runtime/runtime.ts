/**
 * The engine of one server: it makes the core and the parts around it, and leads them through start, sleep and wake.
 * What it does in between is in the classes that it extends:
 *
 *     CoreViews  what may be read of connections, sessions and rooms
 *     Commands   what the application side does: answers, rooms, frames, ends
 *     Inputs     what hosts tell: connections, messages, deadlines
 *     Runtime    this
 */

import type { Codec } from "../../codec/codec.ts";
import { jsonCodec } from "../../codec/json.ts";
import { parserPart } from "../../codec/parser-part.ts";
import { DIAGNOSTICS } from "../../common/diagnostics.ts";
import { inMicrotask } from "../../common/microtasks.ts";
import * as DisconnectReason from "../../core/abi/disconnect-reason.gen.ts";
import { NEVER } from "../../core/abi.gen.ts";
import type { Core } from "../../core/core.ts";
import type { Cores } from "../../core/cores.ts";
import { headOf, IdentifierSource, socketIdOf } from "../commands/identifiers.ts";
import { Turns } from "../commands/turns.ts";
import type { Connection } from "../connections/connection.ts";
import { Dispatcher } from "../effects/dispatcher.ts";
import type { EngineRequest } from "../handshake/request.ts";
import type { ConnectionSnapshot, Host, HostTransport } from "../host/host.ts";
import { coreConfigOf } from "../options/core-config.ts";
import type { ResolvedEngineOptions } from "../options/options.ts";
import type { PollingServer } from "../options/polling-support.ts";
import type { Counting } from "../statistics/statistics.ts";
import { StatisticsPart } from "../statistics/statistics-part.ts";
import { type ConnectionErrorEvent, Engine } from "./engine.ts";
import { ErrorReports } from "./error-reports.ts";
import { Inputs } from "./inputs.ts";
import { type RemakeRequest, Restoring } from "./restoring.ts";
import { TrapRecovery } from "./trap-recovery.ts";

/** The name of the core's deadline: heartbeats and timeouts. */
export const CORE_DEADLINE = "core";

/** How late timers may be by themselves, in milliseconds. A deadline that is later has been overtaken. */
const MAX_LATENESS = 100;

/** A connection while the object sleeps: what the platform keeps of it. */
export interface SleepingConnection {
  socket: HostTransport;
  snapshot: ConnectionSnapshot;
  /** Its request as it was before; undefined if that was deleted. */
  request: EngineRequest | undefined;
}

export class Runtime extends Inputs {
  override readonly engine: Engine;
  override readonly codec: Codec;
  /**
   * Runs middlewares of `io.engine` and `allowRequest` again, for a request that they accepted before a sleep, and
   * ignores their answer. `repeats`: which of them, flags of `RepeatedParts`. Set by hosts where they can run.
   */
  repeatHandshake: ((request: EngineRequest, repeats: number) => Promise<void>) | undefined;

  /** Marks an id with the shard that makes it. Set where a server has several objects. */
  markId: ((id: string) => string) | undefined;
  /** Whether requests of a session with this id are led to this shard. Left undefined where any id will do. */
  isFoundBy: ((id: string) => boolean) | undefined;

  protected override readonly turns = new Turns(
    () => {
      if (this.host.save === undefined) return;
      this.statistics.endTurn(this.turnStartedAt, this.#keepChanges);
    },
    this.host.debug && (() => this.keeper.tellOfLateChanges()),
    () => this.noteArrival(),
  );
  #options: ResolvedEngineOptions;
  #polling: PollingServer | undefined;
  readonly #cores: Cores;
  readonly #identifiers: IdentifierSource;
  protected override readonly _dispatcher: Dispatcher;
  readonly #traps: TrapRecovery;
  readonly #restoring: Restoring;
  readonly #reports: ErrorReports;
  override readonly statistics: Counting;
  /** Whether snapshots are being taken, at the end of a turn. */
  #isKeeping = false;
  readonly #handleDeadline = (): void => this.handleTimeout();
  readonly #keepChanges = (): void => {
    this.#isKeeping = true;
    try {
      this.keeper.endTurn();
    } finally {
      this.#isKeeping = false;
    }
  };
  /** When the core wants to be called, in milliseconds since the epoch. */
  #deadline = NEVER;
  /** What `whenStarted` was given. Undefined after the start. */
  #beforeStart: (() => void)[] | undefined = [];

  constructor(host: Host, cores: Cores, options: ResolvedEngineOptions) {
    super(host);
    this.#options = options;
    this.#reports = new ErrorReports(host);
    this.#polling = options.polling?.serve(this);
    this.#cores = cores;
    this.#identifiers = new IdentifierSource((target) => host.randomBytes(target));
    const { parser } = options;
    this.codec = parser && parserPart ? parserPart.externalCodec(parser) : jsonCodec;
    this._core = this.#takeCore();
    this.engine = new Engine(this);
    this.statistics = this.#makeStatistics(host);
    this._dispatcher = new Dispatcher(this);
    this.#restoring = new Restoring(this, this._dispatcher, (connection, error) => {
      this.lose(connection, DisconnectReason.transport_error, error);
    });
    this.#traps = new TrapRecovery(this, this._dispatcher, {
      replaceCore: () => this.#forgetAll(),
      endTurn: () => this.turns.scheduleEnd(),
    });
  }

  // --- options -----------------------------------------------------------------------------------

  override get options(): ResolvedEngineOptions {
    return this.#options;
  }

  /** HTTP long-polling, if it is among the transports. */
  override get polling(): PollingServer | undefined {
    return this.#polling;
  }

  /**
   * Takes other options for the clients to come. The parser, the adapter and recovery stay as they are. Throws while
   * there are clients, also those that are about to be closed.
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

  /** How long clients may take to join a namespace, in milliseconds. Also for those that have not yet. */
  setConnectTimeout(connectTimeout: number): void {
    this.#options = { ...this.#options, connectTimeout };
    this.command(() => this._everybody.setConnectTimeout(connectTimeout));
  }

  // --- start and sleep ---------------------------------------------------------------------------

  override bringBack(restore: () => void): void {
    this.duringCommand(() => {
      restore();
      if (this.#beforeStart === undefined) this.#restoring.goOn();
    });
  }

  /**
   * Restores a connection from the snapshot that `Host.save` kept. The application is told of it with `start`, and
   * after that at the end of `bringBack`. Undefined if the snapshot cannot be read: the connection is closed.
   * `remakeRequest`: left out where the platform knows no more of the request than was kept.
   */
  restore(
    socket: HostTransport,
    snapshot: ConnectionSnapshot,
    remakeRequest?: RemakeRequest,
  ): Connection | undefined {
    return this.duringCommand(() => this.#restoring.restore(socket, snapshot, remakeRequest));
  }

  /**
   * To be called once `setup` has made its namespaces: tells the application of what was restored. Resolves when
   * events may come; undefined if they may already.
   */
  start(): Promise<void> | undefined {
    // Their listeners are told of the number of connections, or of the namespaces of all of them.
    if (this.engine.listenerCount("wake") > 0 || this.application.tellsOfNamespaces) this.wakeAll();
    this.asInput(() => this.#restoring.goOn());
    const waiting = this.#beforeStart;
    this.#beforeStart = undefined;
    for (const run of waiting ?? []) run();
    const preparing = this.asInput(() => this.application.prepareRestored?.());
    Promise.resolve(preparing).then(() => this.statistics.start());
    this.host.afterAnswer?.(() => this.#cores.makeSpare(this._core));
    return preparing;
  }

  /**
   * Drops everything in memory and restores it from snapshots, as a sleep would, for tests of it. Waits as
   * `betweenEvents` does. `rebind` gets each socket with its new connection; `remakerOf`: what `restore` gets for the
   * request of before.
   */
  hibernate(
    rebind: (socket: HostTransport, connection: Connection | undefined) => void,
    remakerOf?: (request: EngineRequest | undefined) => RemakeRequest | undefined,
  ): Promise<void> | undefined {
    return this.betweenEvents(() => {
      for (const { socket, snapshot, request } of this.putToSleep()) {
        rebind(socket, this.restore(socket, snapshot, remakerOf?.(request)));
      }
      this.statistics.resume(this.statistics.take());
      this.start();
    });
  }

  /**
   * Calls `run` when the object could sleep: outside of events, and not while connection listeners are replayed.
   * Resolves when it was called; undefined if it was called at once.
   */
  betweenEvents(run: () => void): Promise<void> | undefined {
    const { settled } = this.keeper;
    if (settled !== undefined) {
      // The events that waited are delivered by then, and their listeners go on in microtasks.
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

  /** Forgets everything in memory. Returns snapshots to restore, here or in another runtime. Not within an event. */
  putToSleep(): SleepingConnection[] {
    if (DIAGNOSTICS)
      this.debug?.("host", `sleeps and wakes with ${this.connectionCount} connections`);
    this.keeper.writeAll();
    this.#restoring.forget();
    const kept = this.connections().map((connection) => ({
      socket: connection._transport,
      snapshot: structuredClone(this.keeper.take(connection)),
      request: connection.request,
    }));
    this.#forgetAll();
    this.application.onHibernate?.();
    return kept;
  }

  /**
   * Something else than a message has come, a request or a call. A busy platform may handle many of those before a
   * deadline that is due, so pings that are due are sent now; messages do the same (`EffectKind.overdue`).
   */
  noteArrival(): void {
    if (this.host.now() < this.#deadline + MAX_LATENESS) return;
    this.asInput(() => this._sendPings());
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
    this._dispatcher.guard("connection_error of the engine", () => {
      this.engine.emit("connection_error", event);
    });
  }

  // --- for the application side -------------------------------------------------------------------

  /** Restores all connections, and the namespaces that clients made with them. Nothing before the start. */
  wakeAllOnceStarted(): void {
    if (this.#beforeStart === undefined) this.wakeAll();
  }

  /** Calls `run` with `start`, or at once after it. */
  whenStarted(run: () => void): void {
    if (this.#beforeStart === undefined) run();
    else this.#beforeStart.push(run);
  }

  /** An id of 20 characters that cannot be guessed. */
  generateId(): string {
    const id = this.#identifiers.next();
    return this.markId === undefined ? id : this.markId(id);
  }

  /** An id for a socket of this connection. It cannot be guessed, and tells after a sleep which connection to restore. */
  generateSocketId(connection: Connection): string {
    const id = this.#identifiers.next();
    // The application's own ids of connections may be secrets: they are not shown in those of sockets.
    const whole = this.engine._makesIds ? socketIdOf(connection.id, id) : id;
    return this.markId === undefined ? whole : this.markId(whole);
  }

  /** The part of a connection's id that the ids of its sockets share. Undefined for ids of the application's own. */
  headOf(id: string): string | undefined {
    return this.engine._makesIds ? headOf(id) : undefined;
  }

  // --- for the dispatcher --------------------------------------------------------------------------

  /** @internal */
  _schedule(time: number): void {
    this.#deadline = time;
    if (DIAGNOSTICS)
      this.debug?.("host", time === NEVER ? "no deadline" : `deadline in ${time - this.now()} ms`);
    this.host.schedule(CORE_DEADLINE, time === NEVER ? null : time, this.#handleDeadline);
  }

  /** @internal */
  _sendPings(): void {
    this._everybody.sendPings(this.turnStartedAt);
    this.dispatchEffects();
  }

  /** @internal The connection is over; its sessions have ended. */
  _remove(connection: Connection): void {
    this._table.remove(connection);
    this.keeper.forget(connection);
  }

  /** Reports what a listener threw, within the limit of `ErrorReports`. */
  _report(error: unknown, where: string): void {
    this.#reports.add(error, where);
  }

  // --- the core ------------------------------------------------------------------------------------

  #makeStatistics(host: Host): Counting {
    return new StatisticsPart({
      now: () => host.now(),
      rowsWritten: () => host.rowsWritten ?? 0,
      isHeld: () => this.keeper.isHeld,
      isInTurn: () => this.#isKeeping || this.turns.isRunning,
      keep: host.saveCounts?.bind(host),
      afterAnswer: (run) => (host.afterAnswer ? host.afterAnswer(run) : inMicrotask(run)),
      onWake: (wake) => {
        if (this.engine.listenerCount("wake") === 0) return;
        this._dispatcher.guard("wake of the engine", () => void this.engine.emit("wake", wake));
      },
    });
  }

  #takeCore(): Core {
    const config = coreConfigOf(this.options, this.codec, this.host);
    if (DIAGNOSTICS) this.debug?.("core", `new instance: ${JSON.stringify(config)}`);
    return this.#cores.take(config, (trap) => this.#traps.recover(trap));
  }

  #forgetAll(): void {
    this._table.clear();
    this.keeper.clear();
    this._dispatcher.abandon();
    this.#deadline = NEVER;
    this._core = this.#takeCore();
  }
}
