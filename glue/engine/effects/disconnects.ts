/** How sessions and connections end: transports are closed, and the application is told. */

import { DIAGNOSTICS } from "../../common/diagnostics.ts";
import type { DebugLog } from "../../common/log.ts";
import * as DisconnectReason from "../../core/abi/disconnect-reason.gen.ts";
import * as Fault from "../../core/abi/fault.gen.ts";
import { closeTexts, disconnectReasonTexts, faultMessages, NONE } from "../../core/abi.gen.ts";
import type { CloseEffect, ClosingEffect } from "../../core/effects.ts";
import type { Commands } from "../commands/commands.ts";
import type { Connection } from "../connections/connection.ts";
import { emitOn } from "../connections/connection-events.ts";

/** A closed connection whose `close` is still to be emitted. */
export interface ClosedConnection {
  connection: Connection;
  /** A `DisconnectReason`. */
  reason: number;
}

/** What the ends need of the runtime. */
export interface DisconnectsOwner
  extends Pick<Commands, "_core" | "_describe" | "_report" | "_table" | "application" | "release"> {
  readonly debug: DebugLog | undefined;
  /** The connection is over; its sessions have ended. */
  _remove(connection: Connection): void;
  /** Ends the turn once what runs now is over, so that what changed is kept. */
  endTurnSoon(): void;
}

export class Disconnects {
  readonly #runtime: DisconnectsOwner;
  /** Settles when the sockets of a connection have been told of their ends, which comes before its own. */
  readonly #untold = new WeakMap<Connection, Promise<unknown>>();

  constructor(runtime: DisconnectsOwner) {
    this.#runtime = runtime;
  }

  /**
   * What a client sent cannot be decoded: its sockets hear of it. `fault`: a `Fault`. `text` is the message;
   * `thrown` what an external codec has thrown at it.
   */
  error(session: number, fault: number, text: string | undefined, thrown: Error | undefined): void {
    const runtime = this.#runtime;
    try {
      runtime.application.onError(session, thrown ?? new Error(describeFault(fault, text)));
    } catch (error) {
      runtime._report(error, runtime._describe(session, "error"));
    }
  }

  /** A session ends. */
  closing(effect: ClosingEffect): void {
    const { session } = effect;
    const runtime = this.#runtime;
    const connection = runtime._table.get(runtime._core.connectionOf(session));
    const reason = disconnectReasonTexts[effect.reason] as string;
    if (DIAGNOSTICS)
      runtime.debug?.("socket", `${runtime._describe(session, "disconnect")}: ${reason}`);
    try {
      const { application } = runtime;
      const told = effect.connected
        ? application.onClosing(session, reason, connection?._description)
        : application.onClosingUnconnected(session);
      if (told !== undefined) {
        if (connection === undefined) return;
        this.#untold.set(connection, Promise.all([this.#untold.get(connection), told]));
        return;
      }
    } catch (error) {
      runtime._report(error, runtime._describe(session, "disconnect"));
    }
    // Even if a listener threw, the session is over.
    if (runtime._core.connectionOf(session) !== NONE) runtime.release(session);
  }

  /** A connection is closed by the server. Call `finish` with the result once its sessions have ended. */
  close(effect: CloseEffect): ClosedConnection | undefined {
    const connection = this.#runtime._table.get(effect.connection);
    if (connection === undefined) return undefined;
    const { fault, reason } = effect;
    const text = (fault === NONE ? disconnectReasonTexts[reason] : closeTexts[fault]) as string;
    if (reason === DisconnectReason.transport_error) {
      connection._description = transportError(text);
    }
    this.#runtime._table.markClosed(connection);
    connection._transport.close(effect.code, text);
    return { connection, reason };
  }

  /** A connection is over. Emits `close` now, or once all of its sockets have been told of their ends. */
  finish({ connection, reason }: ClosedConnection): void {
    const runtime = this.#runtime;
    if (DIAGNOSTICS)
      runtime.debug?.("engine", `${connection.id}: closed (${disconnectReasonTexts[reason]})`);
    const untold = this.#untold.get(connection);
    if (untold === undefined) this.#tell({ connection, reason });
    else
      untold.then(() => {
        this.#tell({ connection, reason });
        runtime.endTurnSoon();
      });
  }

  /** Removes the connection only now, because listeners of its sockets' ends may still look at its other sockets. */
  #tell({ connection, reason }: ClosedConnection): void {
    this.#runtime._remove(connection);
    if (connection._listeners === undefined) return;
    const { _description: description } = connection;
    emitOn(this.#runtime, connection, "close", disconnectReasonTexts[reason], description);
  }
}

/** As upstream, which names an unknown packet type, or `NaN` if it is no digit. */
function describeFault(fault: number, text: string | undefined): string {
  const message = faultMessages[fault] as string;
  if (fault !== Fault.unknown_packet_type || text === undefined) return message;
  return `${message} ${Number.parseInt(text.charAt(1), 10)}`;
}

/** The description that upstream gives to `disconnect` listeners when a transport has failed. */
export function transportError(message: string): Error {
  return Object.assign(new Error(message), { type: "TransportError" });
}
