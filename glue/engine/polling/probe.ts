/**
 * A WebSocket that is to take over from polling. The client asks `2probe` over it and is answered `3probe`; it
 * stops polling, and says `5`. Up to that everything goes over polling, from then on over the WebSocket. Whatever
 * goes wrong before costs the WebSocket alone.
 */

import type { Connection } from "../connections/connection.ts";
import { emitOn } from "../connections/connection-events.ts";
import { Transport } from "../connections/transport.ts";
import { NORMAL_CLOSURE } from "../host/close-codes.ts";
import type { HostTransport } from "../host/host.ts";
import type { PollingOwner } from "../options/polling-support.ts";
import type { PollingTransport, Upgrade } from "./transport.ts";

const PROBE = "2probe";
const PROBE_ANSWER = "3probe";
const UPGRADE = "5";

/** Long-polling of the server, as a probe needs it. */
export interface ProbeTable {
  readonly runtime: PollingOwner;
  /** WebSockets that try to take over, by what the host knows them by. */
  readonly probes: Map<object, Probe>;
}

export class Probe implements Upgrade {
  /** Whether the client has been answered, and is about to stop polling. */
  isProbed = false;
  #connection: Connection;
  readonly #key: object;
  readonly #polling: PollingTransport;
  readonly #webSocket: HostTransport;
  readonly #bind: (connection: Connection) => void;
  readonly #timer: ReturnType<typeof setTimeout>;
  #isOver = false;

  /** `key`: what the host knows the WebSocket by. `bind` makes the connection the host's. */
  constructor(
    key: object,
    connection: Connection,
    polling: PollingTransport,
    webSocket: HostTransport,
    bind: (connection: Connection) => void,
  ) {
    this.#key = key;
    this.#connection = connection;
    this.#polling = polling;
    this.#webSocket = webSocket;
    this.#bind = bind;
    this.rebind(connection);
    const { upgradeTimeout } = this.#runtime.options;
    this.#timer = setTimeout(() => this.abandon("the upgrade took too long"), upgradeTimeout);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  /** A message came over the WebSocket. */
  receive(message: unknown): void {
    if (message === PROBE) {
      this.isProbed = true;
      this.#webSocket.send(PROBE_ANSWER);
      const connection = this.#connection;
      const announced = new Transport(connection, this.#webSocket);
      emitOn(this.#runtime, connection, "upgrading", announced);
      this.#polling.hurry();
    } else if (typeof message === "string" && message.startsWith(UPGRADE)) this.#finish();
    else this.abandon("neither a probe nor an upgrade");
  }

  /** Of a connection that the core has as one that polls; again where it was restored. */
  rebind(connection: Connection): void {
    this.#connection = connection;
    this.#runtime._core.beginUpgrade(connection._handle);
    this.#table.probes.set(this.#key, this);
  }

  /** Polling goes on. `reason`: what the WebSocket is closed with. */
  abandon(reason = "the session is over"): void {
    if (this.#isOver) return;
    this.#end();
    const connection = this.#connection;
    const runtime = this.#runtime;
    runtime.debug?.("engine", `${connection.id}: no upgrade: ${reason}`);
    if (connection.readyState === "open") runtime._core.abandonUpgrade(connection._handle);
    this.#webSocket.close(NORMAL_CLOSURE, reason);
  }

  /** That of the runtime whose the connection is now. */
  get #table(): ProbeTable {
    return this.#connection._runtime.polling as ProbeTable;
  }

  get #runtime(): PollingOwner {
    return this.#table.runtime;
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#end();
    const connection = this.#connection;
    const runtime = this.#runtime;
    runtime.debug?.("engine", `${connection.id}: upgraded to a WebSocket`);
    runtime._core.finishUpgrade(connection._handle);
    connection._setTransport(this.#webSocket);
    this.#bind(connection);
    this.#polling.handOver(this.#webSocket);
    runtime.keeper.noteFleeting(connection, undefined);
    runtime.keeper.noteChange(connection);
    runtime.endTurnSoon();
    emitOn(runtime, connection, "upgrade", connection.transport);
  }

  #end(): void {
    this.#isOver = true;
    this.#polling.probe = undefined;
    this.#table.probes.delete(this.#key);
    clearTimeout(this.#timer);
  }
}
