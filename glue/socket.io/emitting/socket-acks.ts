/** The acknowledgements that one socket waits for. */
import { NONE } from "../../core/abi.gen.ts";
import type { AckKeeper, AckOwner } from "../../sleep/awake/ack-keeper.ts";
import type { AckCallback } from "./broadcast-acks.ts";

/** A socket, as far as it waits for answers. */
interface AskingSocket extends AckOwner {
  /** The core's handle of its session, or `NONE`. */
  readonly _session: number;
  readonly nsp: AckOwner["nsp"] & {
    /** Undefined where nothing has to keep the object awake. */
    readonly server: { readonly _sleep: { readonly acks: AckKeeper | undefined } };
    /** Calls code of the application. What it throws is reported. */
    _guard(run: () => void, id: string): void;
  };
}

/** The callbacks that wait for a client's answers. */
export class SocketAcks {
  /** The callbacks, by the ids of the packets that they wait for. */
  readonly pending = new Map<number, AckCallback>();
  readonly #socket: AskingSocket;

  constructor(socket: AskingSocket) {
    this.#socket = socket;
  }

  /** Waits for an answer; with a timeout (in milliseconds) `ack` gets an error first, or `null`. */
  expect(id: number, ack: AckCallback, timeout: number | undefined): void {
    if (timeout === undefined) this.#expectForever(id, ack);
    else this.#expectWithin(id, ack, timeout);
  }

  /** An answer came. Returns false if nobody waits for it (any more). */
  receive(id: number, args: unknown[]): boolean {
    const ack = this.pending.get(id);
    if (ack === undefined) return false;
    try {
      ack.apply(this.#socket, args);
    } finally {
      this.pending.delete(id);
    }
    return true;
  }

  #expectWithin(id: number, ack: AckCallback, timeout: number): void {
    const socket = this.#socket;
    const timer = setTimeout(() => {
      this.pending.delete(id);
      socket.nsp._guard(() => ack.call(socket, new Error("operation has timed out")), socket.id);
    }, timeout);
    this.pending.set(id, (...args) => {
      clearTimeout(timer);
      ack.call(socket, null, ...args);
    });
  }

  /** Waits without a timeout. If the object may sleep, it is kept awake for a limited time. */
  #expectForever(id: number, ack: AckCallback): void {
    const socket = this.#socket;
    const keeper = socket.nsp.server._sleep.acks;
    // A socket that is gone gets no answer, so nothing is waited for.
    if (keeper === undefined || socket._session === NONE) {
      this.pending.set(id, ack);
      return;
    }
    const awaited = keeper.expect(socket, id);
    this.pending.set(id, (...args) => {
      keeper.forget(awaited);
      ack.apply(socket, args);
    });
  }
}
