/** The catch-all listeners of a socket: one list for what comes in, one for what goes out. */
import { isThenable } from "../common/values.ts";
import type { BroadcastOperator } from "./broadcast-operator.ts";
import { RoomEmitter } from "./room-emitter.ts";
import type { Any, EventsMap } from "./typed-events.ts";

export type AnyListener = (...args: Any[]) => void;

/** An emitter with listeners for all events, in both directions. */
export abstract class CatchAllEmitter<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ReservedEvents extends EventsMap,
  Operator extends BroadcastOperator<Any, Any>,
> extends RoomEmitter<ListenEvents, EmitEvents, ReservedEvents, Operator> {
  #incoming: AnyListeners | undefined;
  #outgoing: AnyListeners | undefined;

  /**
   * Adds a listener for every event that comes in. It gets the name, then the arguments; an acknowledgement
   * is the last of them.
   *
   * @example
   * socket.onAny((event, ...args) => console.log("got", event, args));
   */
  onAny(listener: AnyListener): this {
    this.#incoming ??= new AnyListeners();
    this.#incoming.list.push(listener);
    this._onCatchAllAdded("onAny()", listener);
    return this;
  }

  /**
   * The same as `onAny`, in front of the others.
   *
   * @example
   * socket.prependAny((event) => console.log("first of all", event));
   */
  prependAny(listener: AnyListener): this {
    this.#incoming ??= new AnyListeners();
    this.#incoming.list.unshift(listener);
    this._onCatchAllAdded("prependAny()", listener);
    return this;
  }

  /**
   * Removes a listener of `onAny`, or all of them.
   *
   * @example
   * socket.offAny(log);
   * socket.offAny();
   */
  offAny(listener?: AnyListener): this {
    for (const removed of this.#incoming?.remove(listener) ?? []) this._onListenerRemoved(removed);
    return this;
  }

  /** The listeners of `onAny`, in the order of their calls. */
  listenersAny(): AnyListener[] {
    return this.#incoming?.list ?? [];
  }

  /**
   * Adds a listener for every event that goes out to this client, broadcasts included; acknowledgements are
   * none. It gets the name, then the arguments.
   *
   * @example
   * socket.onAnyOutgoing((event, ...args) => console.log("sent", event, args));
   */
  onAnyOutgoing(listener: AnyListener): this {
    this.#outgoingListeners().push(listener);
    this._onCatchAllAdded("onAnyOutgoing()", listener);
    return this;
  }

  /**
   * The same as `onAnyOutgoing`, in front of the others.
   *
   * @example
   * socket.prependAnyOutgoing((event) => console.log("first of all", event));
   */
  prependAnyOutgoing(listener: AnyListener): this {
    this.#outgoingListeners().unshift(listener);
    this._onCatchAllAdded("prependAnyOutgoing()", listener);
    return this;
  }

  /**
   * Removes a listener of `onAnyOutgoing`, or all of them.
   *
   * @example
   * socket.offAnyOutgoing(log);
   * socket.offAnyOutgoing();
   */
  offAnyOutgoing(listener?: AnyListener): this {
    for (const removed of this.#outgoing?.remove(listener) ?? []) this._onListenerRemoved(removed);
    return this;
  }

  /** The listeners of `onAnyOutgoing`, in the order of their calls. */
  listenersAnyOutgoing(): AnyListener[] {
    return this.#outgoing?.list ?? [];
  }

  /** Tells the listeners of `onAnyOutgoing` of a packet. Adapters call it before they send. */
  notifyOutgoingListeners(packet: { data: unknown[] }): void {
    this._notifyOutgoing(packet.data);
  }

  /** @internal Tells the listeners of an event that goes out. */
  _notifyOutgoing(event: unknown[]): void {
    this.#outgoing?.notify(this, event);
  }

  /** @internal Tells the listeners of an event that came in. */
  _notifyIncoming(event: unknown[]): void {
    this.#incoming?.notify(this, event);
  }

  /** @internal Whether there ever was a listener for what goes out. */
  get _hasOutgoing(): boolean {
    return this.#outgoing !== undefined;
  }

  /** @internal Whether there ever was a catch-all listener. */
  get _hasCatchAll(): boolean {
    return this.#outgoing !== undefined || this.#incoming !== undefined;
  }

  /** @internal A listener for all events was added: `method` says how, as code does. */
  abstract _onCatchAllAdded(method: string, listener: AnyListener): void;

  /** @internal A listener of any kind was removed. */
  abstract _onListenerRemoved(listener: unknown): void;

  /** @internal The first listener for what goes out is being added. */
  abstract _onFirstOutgoing(): void;

  #outgoingListeners(): AnyListener[] {
    if (this.#outgoing === undefined) {
      this.#outgoing = new AnyListeners();
      this._onFirstOutgoing();
    }
    return this.#outgoing.list;
  }
}

class AnyListeners {
  /** In the order of their calls. Upstream hands out this very array, and so do we. */
  readonly list: AnyListener[] = [];

  /** Returns those that were removed: one, or all. */
  remove(listener?: AnyListener): AnyListener[] {
    if (listener === undefined) return this.list.splice(0);
    const index = this.list.indexOf(listener);
    return index >= 0 ? this.list.splice(index, 1) : [];
  }

  /** Calls the listeners that there are now with an event: its name and its arguments. */
  notify(
    socket: { _settling(promise: PromiseLike<unknown>, event: unknown): void },
    event: unknown[],
  ): void {
    for (const listener of this.list.slice()) {
      const result: unknown = listener.apply(socket, event);
      if (isThenable(result)) socket._settling(result, event[0]);
    }
  }
}
