/** Upstream's `conn.transport`: what carries an Engine.IO session's packets, as applications see it. */
import { EventEmitter } from "../../common/event-emitter.ts";
import type { HostTransport } from "../host/host.ts";

/** How far a connection has come, in upstream's words; here it is `open` or `closed`. */
export type ReadyState = "opening" | "open" | "closing" | "closed";

/** What is asked of the connection. */
export interface TransportOwner {
  readonly id: string;
  readonly protocol: 3 | 4;
  readonly readyState: ReadyState;
  /** What carries its packets at the moment. */
  readonly _transport: HostTransport;
  /** Whether it may be written to in this turn. */
  readonly _writable: boolean;
}

/** What carries the packets of a connection: another one once the client has upgraded to a WebSocket. */
export class Transport extends EventEmitter {
  readonly #connection: TransportOwner;
  readonly #host: HostTransport;

  /** @internal Made by its connection. */
  constructor(connection: TransportOwner, host: HostTransport) {
    super();
    this.#connection = connection;
    this.#host = host;
  }

  /** `websocket`, or `polling`. */
  get name(): string {
    return this.#host.name;
  }

  /** The id of the Engine.IO session: a secret of the client's. */
  get sid(): string {
    return this.#connection.id;
  }

  /** The revision of Engine.IO's protocol. */
  get protocol(): 3 | 4 {
    return this.#connection.protocol;
  }

  /** That of its connection; `closed` once another has taken its place. */
  get readyState(): ReadyState {
    return this.#isCurrent ? this.#connection.readyState : "closed";
  }

  /**
   * Whether a volatile packet would be sent now: nothing was sent in this turn, and, where the platform
   * tells, nothing waits from before.
   */
  get writable(): boolean {
    return this.#isCurrent && this.#connection._writable;
  }

  get #isCurrent(): boolean {
    return this.#connection._transport === this.#host;
  }
}
