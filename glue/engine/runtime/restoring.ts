/** Restores connections from their snapshots after a sleep, and tells the application of them once it has started. */

import * as EffectKind from "../../core/abi/effect-kind.gen.ts";
import type { Effect } from "../../core/effects.ts";
import { CoreError, CoreTrap } from "../../core/errors.ts";
import type { Commands } from "../commands/commands.ts";
import { Connection, type ConnectionOwner } from "../connections/connection.ts";
import type { Keeper } from "../connections/keeper.ts";
import type { KeptSessions } from "../connections/kept-sessions.ts";
import type { AnnouncingEngine, Dispatcher } from "../effects/dispatcher.ts";
import type { EngineRequest } from "../handshake/request.ts";
import { RequestDetails } from "../handshake/request-details.ts";
import { SERVICE_RESTART } from "../host/close-codes.ts";
import type { ConnectionSnapshot, HostTransport } from "../host/host.ts";

/** The close reason of a connection whose snapshot is incomplete. */
const UNFINISHED = "the object fell asleep over half a message";

/** What restoring needs of the runtime. */
export interface RestoringOwner
  extends ConnectionOwner,
    Pick<Commands, "_core" | "_report" | "_table" | "application" | "gate" | "host"> {
  readonly keeper: Keeper;
  readonly engine: AnnouncingEngine;
}

/** Makes a connection's request again from the kept details, on platforms that still know more of it. */
export type RemakeRequest = (details: RequestDetails) => EngineRequest;

export class Restoring {
  readonly #runtime: RestoringOwner;
  readonly #dispatcher: Dispatcher;
  /** Ends a connection that cannot go on. */
  readonly #lose: (connection: Connection, error: Error) => void;
  /** Restored connections of which the application has not been told. */
  #restored: Connection[] = [];
  /** Those among them that have to be closed, because their snapshots are incomplete. */
  #unfinished: Connection[] = [];

  constructor(
    runtime: RestoringOwner,
    dispatcher: Dispatcher,
    lose: (connection: Connection, error: Error) => void,
  ) {
    this.#runtime = runtime;
    this.#dispatcher = dispatcher;
    this.#lose = lose;
  }

  /** Restores a connection, which waits for `goOn`. Undefined if its snapshot cannot be read: then it is closed. */
  restore(
    socket: HostTransport,
    snapshot: ConnectionSnapshot,
    remakeRequest?: RemakeRequest,
  ): Connection | undefined {
    const { _core: core, keeper, host, _table: table } = this.#runtime;
    const glue = keeper.read(snapshot);
    if (glue === undefined) return this.#giveUp(socket, new Error("unreadable snapshot"));
    let handle: number;
    try {
      handle = core.restore(host.now(), snapshot.core);
    } catch (error) {
      if (!(error instanceof CoreError) && !(error instanceof CoreTrap)) throw error;
      return this.#giveUp(socket, error);
    }
    const { repeats } = glue;
    const details = new RequestDetails(glue.details);
    const request = remakeRequest?.(details);
    const identity = {
      id: core.engineId(handle),
      protocol: core.protocol(handle),
      repeats,
      request,
    };
    const connection = new Connection(this.#runtime, handle, socket, identity, details);
    if (glue.isRequestDeleted) connection.request = undefined;
    connection._pending = glue.pending;
    connection._restored = glue.sessions;
    connection._connecting = glue.connecting;
    table.add(connection);
    keeper.noteRestored(connection, glue);
    const effects = core.pollEffects();
    this.#restored.push(connection);
    if (snapshot.isUnfinished) this.#unfinished.push(connection);
    // An unfinished connection is about to be closed, so its requests to join are dropped.
    const isKept = ({ kind }: Effect) => kind !== EffectKind.connect;
    this.#dispatcher.defer(snapshot.isUnfinished ? effects.filter(isKept) : effects);
    return connection;
  }

  /**
   * Tells the application of what was restored. Exempt from the gate: code that is being replayed may be what needed
   * the connection, but what happens to the connection now has not happened before.
   */
  goOn(): void {
    if (this.#restored.length === 0) {
      // After a trap there are effects of connections that were awake.
      this.#dispatcher.releaseDeferred();
      return;
    }
    const restored = this.#restored;
    const unfinished = this.#unfinished;
    this.forget();
    const { gate, application, engine } = this.#runtime;
    gate.exempt(() => {
      application.onRestored?.(sessionsOf(restored));
      if (engine.listenerCount("connection") > 0) {
        for (const connection of restored) this.#announce(connection);
      }
      for (const connection of unfinished) {
        connection._transport.close(SERVICE_RESTART, UNFINISHED);
        this.#lose(connection, new Error(UNFINISHED));
      }
      this.#dispatcher.releaseDeferred();
    });
  }

  /** What listeners of the engine's `connection` have added to the connection is gone after a sleep: they run again. */
  #announce(connection: Connection): void {
    const { gate, keeper, engine } = this.#runtime;
    const announce = (): void => engine._announce(connection);
    gate.silently(() => {
      this.#dispatcher.guard("engine connection", () => keeper.runAgain(connection, announce));
    });
  }

  /** Forgets what waits for `goOn`. */
  forget(): void {
    this.#restored = [];
    this.#unfinished = [];
  }

  #giveUp(socket: HostTransport, error: Error): undefined {
    this.#runtime._report(error, "a connection cannot be restored and is closed");
    socket.close(SERVICE_RESTART, "the connection could not be restored");
    return undefined;
  }
}

function* sessionsOf(restored: readonly Connection[]): Iterable<KeptSessions> {
  for (const { _restored } of restored) if (_restored !== undefined) yield _restored;
}
