/**
 * The calls that hosts make: connections open and close, messages come, deadlines pass. Each input is a turn: it runs
 * the core, and carries out the core's effects before it returns.
 */

import type { Packet } from "../../codec/codec.ts";
import * as DisconnectReason from "../../core/abi/disconnect-reason.gen.ts";
import * as Status from "../../core/abi/status.gen.ts";
import * as Transport from "../../core/abi/transport.gen.ts";
import type { HandshakeCheck } from "../../core/core.ts";
import type { Effect } from "../../core/effects.ts";
import { CoreError, CoreTrap } from "../../core/errors.ts";
import { Commands } from "../commands/commands.ts";
import { Connection } from "../connections/connection.ts";
import { announceBytes, announceText } from "../connections/connection-events.ts";
import { type Keeper, NO_KEEPER } from "../connections/keeper.ts";
import type { Dispatcher } from "../effects/dispatcher.ts";
import { KeptRequest } from "../handshake/kept-request.ts";
import type { Opening } from "../handshake/request.ts";
import { RequestDetails } from "../handshake/request-details.ts";
import { POLICY_VIOLATION, TRY_AGAIN_LATER } from "../host/close-codes.ts";
import type { HostTransport } from "../host/host.ts";
import type { ResolvedEngineOptions } from "../options/options.ts";
import type { PollingServer } from "../options/polling-support.ts";
import type { Counting } from "../statistics/statistics.ts";
import type { Engine } from "./engine.ts";
import { describeMessage } from "./message-log.ts";

export abstract class Inputs extends Commands {
  /** `io.engine`. */
  abstract readonly engine: Engine;
  /** Keeps connections while the object sleeps. Set by the server, before the first input. */
  keeper: Keeper = NO_KEEPER;
  /** What the server counts of itself. */
  abstract readonly statistics: Counting;
  abstract readonly options: ResolvedEngineOptions;
  abstract readonly polling: PollingServer | undefined;
  protected abstract readonly _dispatcher: Dispatcher;
  /** When the message came that is being handled: the platform's clock is read once in its turn. */
  #messageAt: number | undefined;

  /** Engine.IO's checks of a request, in upstream's order. Returns a `HandshakeError`. */
  checkHandshake(request: HandshakeCheck): number {
    return this._core.checkHandshake(request);
  }

  /** A WebSocket was accepted, or a client that polls. Undefined if the object is full: the socket was closed then. */
  handleOpen(socket: HostTransport, opening: Opening): Connection | undefined {
    // All connections share one heartbeat, whose time the core takes from any connection of before the sleep.
    if (this._table.awakeCount === 0) this.wakeAll();
    this.statistics.noteRequest();
    return this.asInput(() => {
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
        request instanceof KeptRequest ? request._details : new RequestDetails(opening.details);
      const connection = new Connection(this, handle, socket, opening, details);
      this._table.add(connection);
      this._dispatcher.open(connection, this._core.pollEffects());
      if (connection._isHandedOut) this.keeper.noteOpened(connection);
      return connection;
    });
  }

  /** A message came. */
  handleMessage(connection: Connection, data: string | ArrayBuffer | Uint8Array): void {
    if (connection.readyState !== "open") return;
    this.statistics.noteMessage();
    this.turns.beginInput();
    if (typeof DORMOUSE_DIAGNOSTICS === "undefined" || DORMOUSE_DIAGNOSTICS) {
      const { debug } = this;
      if (debug !== undefined) {
        debug("engine", `${connection.id}: received ${describeMessage(data, this.codec)}`);
      }
    }
    try {
      if (typeof data === "string") {
        if (!announceText(this, connection, data)) return;
        this.#messageAt = this.host.now();
        const { _handle: handle } = connection;
        const delivery = this._core.handleDelivery(this.#messageAt, handle, data);
        if (delivery !== undefined) {
          this._dispatcher.deliver(delivery, data);
        } else {
          this._core.handleText(this.#messageAt, handle, data);
          this.dispatchEffects(data);
        }
      } else {
        const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
        if (!announceBytes(this, connection, bytes)) return;
        const now = this.host.now();
        this._core.handleBinary(now, connection._handle, bytes.length, bytes[0] ?? 0);
        this.dispatchEffects(undefined, bytes);
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
    this.asInput(() => this._handleFault(connection, fault));
  }

  /** The WebSocket was closed by the client or is gone. */
  handleClose(connection: Connection, _code: number, _reason: string): void {
    this.statistics.noteClose();
    this.lose(connection, DisconnectReason.transport_close, undefined);
  }

  /** The WebSocket failed. */
  handleError(connection: Connection, error: unknown): void {
    this.statistics.noteClose();
    this.lose(connection, DisconnectReason.transport_error, error);
  }

  /**
   * A client cannot be served any further: it is told why, and its sessions end with `forced close`.
   * `code`: a WebSocket close code; stock clients connect anew, whatever it is.
   */
  expel(connection: Connection, reason: string, code = TRY_AGAIN_LATER): void {
    if (connection.readyState !== "open") return;
    connection._transport.close(code, reason);
    this.lose(connection, DisconnectReason.forced_close, undefined);
  }

  /** The deadline passed, or an alarm came for any other reason. */
  handleTimeout(): void {
    this.asInput(() => {
      const everybody = this._everybody;
      if (this.host.lastPong !== undefined) this.#noteAutomaticPongs();
      everybody.handleTimeout(this.host.now());
      this.dispatchEffects();
    });
  }

  // --- turns -------------------------------------------------------------------------------------

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

  /** Calls `run` before every input from now on, and nothing that was asked for before; undefined: nothing at all. */
  beforeInputs(run: (() => void) | undefined): void {
    this.turns.beforeInput = run;
  }

  /** Calls `run` at the end of every turn from now on. */
  onTurnEnd(run: () => void): void {
    this.turns.alsoOnEnd(run);
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
    this.dispatchEffects();
  }

  /** @internal A packet that an external codec has decoded. Returns what it leads to. */
  _handlePacket(connection: Connection, packet: Packet): Effect[] {
    if (typeof DORMOUSE_PARSER !== "undefined" && !DORMOUSE_PARSER) return [];
    this._core.handlePacket(connection._handle, packet.type, packet.nsp, packet.id);
    return this._core.pollEffects();
  }

  protected override dispatchEffects(text?: string, bytes?: Uint8Array): void {
    const effects = this._core.pollEffects();
    if (effects.length > 0) this._dispatcher.dispatch(effects, text, bytes);
  }

  // --- connections ---------------------------------------------------------------------------------

  /** @internal More waits for a client than may: it does not read. It is closed after this turn. */
  _giveUpUnread(connection: Connection, waiting: number): void {
    this.turns.afterwards(() => {
      const error = new Error(`the client does not read: ${waiting} bytes wait for it`);
      connection._transport.close(POLICY_VIOLATION, "the client does not read");
      this.lose(connection, DisconnectReason.transport_error, error);
    });
  }

  protected lose(connection: Connection, reason: number, description: unknown): void {
    if (connection.readyState !== "open") return;
    this.asInput(() => {
      this._core.handleClose(connection._handle, reason);
      this._dispatcher.lose(connection, this._core.pollEffects(), reason, description);
    });
  }

  #noteAutomaticPongs(): void {
    for (const connection of this._table.awake()) {
      // Pongs of those that poll are messages.
      if (connection._transport.name === "polling") continue;
      const at = this.host.lastPong?.(connection._transport) ?? null;
      if (at !== null) this._core.handlePong(this.host.now(), connection._handle, at);
    }
  }

  // --- what every input does ---------------------------------------------------------------------

  protected asInput<T>(run: () => T): T | undefined {
    this.turns.beginInput();
    try {
      return this.#guarded(run);
    } finally {
      this.turns.endInput();
    }
  }

  /** The same without a turn of its own, for what belongs to the one that is under way, if there is one. */
  protected duringCommand<T>(run: () => T): T | undefined {
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
}
