/**
 * After the core has trapped, nothing in its instance can be trusted. A new instance restores the last snapshots;
 * clients without one have to connect again.
 */

import { inMicrotask } from "../../common/microtasks.ts";
import * as DisconnectReason from "../../core/abi/disconnect-reason.gen.ts";
import { NEVER } from "../../core/abi.gen.ts";
import { CoreError, CoreTrap } from "../../core/errors.ts";
import type { Commands } from "../commands/commands.ts";
import type { Connection } from "../connections/connection.ts";
import type { Keeper } from "../connections/keeper.ts";
import type { Dispatcher } from "../effects/dispatcher.ts";
import { INTERNAL_ERROR } from "../host/close-codes.ts";

/** What recovery from a trap needs of the runtime. */
export interface TrapRecoveryOwner
  extends Pick<
    Commands,
    "_core" | "_report" | "_table" | "application" | "host" | "namedSessions"
  > {
  readonly keeper: Keeper;
  /** The core's deadline is this, in milliseconds since the epoch, or `NEVER`. */
  _schedule(time: number): void;
  /** Tells the application of what was restored. */
  start(): unknown;
}

/** Private parts of the runtime that only recovery may call. */
export interface RuntimeParts {
  /** Forgets all connections, and makes a new core. */
  replaceCore(): void;
  /** Ends the turn once what runs now is over. */
  endTurn(): void;
}

export class TrapRecovery {
  readonly #runtime: TrapRecoveryOwner;
  readonly #dispatcher: Dispatcher;
  readonly #parts: RuntimeParts;
  /** Whether a new core is being filled. */
  #isResuming = false;

  constructor(runtime: TrapRecoveryOwner, dispatcher: Dispatcher, parts: RuntimeParts) {
    this.#runtime = runtime;
    this.#dispatcher = dispatcher;
    this.#parts = parts;
  }

  /** The core trapped. When this returns there is another one. */
  recover(trap: CoreTrap): void {
    const { application, _table: table } = this.#runtime;
    const before = table.awake();
    this.#parts.replaceCore();
    this.#runtime._schedule(NEVER);
    this.#runtime._report(trap, "core");
    this.#dispatcher.guard("reset", () => application.onReset?.());
    // If a snapshot makes the core trap again, no other is tried.
    const isFirst = !this.#isResuming;
    this.#isResuming = true;
    for (const connection of before) {
      if (isFirst && this.#resume(connection)) continue;
      connection.readyState = "closed";
      connection._transport.close(INTERNAL_ERROR, "internal error");
      this.#dispatcher.lost(connection);
    }
    if (isFirst) this.#isResuming = false;
    this.#parts.endTurn();
  }

  /** Returns false if the connection cannot go on as it was. */
  #resume(connection: Connection): boolean {
    const runtime = this.#runtime;
    const { host, application, _table: table } = runtime;
    const snapshot = host.load?.(connection._transport);
    const glue = snapshot && runtime.keeper.read(snapshot);
    if (snapshot === undefined || glue === undefined) return false;
    try {
      const handle = runtime._core.restore(host.now(), snapshot.core);
      connection._handle = handle;
      connection._pending = glue.pending;
      connection._connecting = glue.connecting;
      table.add(connection);
      const sessions = new Map(runtime.namedSessions(connection));
      if (application.onResumed?.(connection, sessions)) {
        this.#dispatcher.defer(runtime._core.pollEffects());
        inMicrotask(() => runtime.start());
        return true;
      }
      table.markClosed(connection);
      table.remove(connection);
      runtime._core.handleClose(handle, DisconnectReason.transport_error);
      for (const session of sessions.values()) runtime._core.release(session);
    } catch (error) {
      if (!(error instanceof CoreError) && !(error instanceof CoreTrap)) throw error;
    }
    return false;
  }
}
