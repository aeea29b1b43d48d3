/** The catch-all listeners of a socket: one list for what comes in, one for what goes out. */
import { isThenable } from "../common/values.ts";
import type { Place } from "../sleep/removed.ts";
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
    this._onListenerAdded(true, listener);
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
    this._onListenerAdded(true, listener);
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
    return this._whenThere(() => this.#remove(this.#incoming, true, listener));
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
    this._onListenerAdded(false, listener);
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
    this._onListenerAdded(false, listener);
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
    return this._whenThere(() => this.#remove(this.#outgoing, false, listener));
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

  /** @internal The listeners for all that comes in, or goes out. */
  _catchAll(isIncoming: boolean): AnyListener[] {
    return isIncoming ? this.listenersAny() : this.listenersAnyOutgoing();
  }

  /** @internal Whether there ever was a listener for what goes out. */
  get _hasOutgoing(): boolean {
    return this.#outgoing !== undefined;
  }

  /** @internal Whether there ever was a catch-all listener. */
  get _hasCatchAll(): boolean {
    return this.#outgoing !== undefined || this.#incoming !== undefined;
  }

  /** @internal A listener was added. */
  abstract _onListenerAdded(place: Place, listener: unknown): void;

  /** @internal A listener is being removed: the one with this index in `before`. */
  abstract _onListenerRemoved(place: Place, before: readonly unknown[], index: number): void;

  /** @internal Removes listeners: after a sleep, once they have been added again. */
  abstract _whenThere(remove: () => void): this;

  /** @internal The first `onAnyOutgoing` listener is being added. */
  abstract _onFirstOutgoing(): void;

  #remove(from: AnyListeners | undefined, isIncoming: boolean, listener?: AnyListener): void {
    from?.remove(listener, (before, at) => this._onListenerRemoved(isIncoming, before, at));
  }

  #outgoingListeners(): AnyListener[] {
    if (this.#outgoing === undefined) {
      this.#outgoing = new AnyListeners();
      this._onFirstOutgoing();
    }
    return this.#outgoing.list;
  }
}

class AnyListeners {
  /** In the order in which they are called. The array itself is handed out, as upstream. */
  readonly list: AnyListener[] = [];

  /** Removes one, or all, and tells of each before it does. */
  remove(
    listener: AnyListener | undefined,
    tell: (before: readonly AnyListener[], index: number) => void,
  ): void {
    const isOne = listener !== undefined;
    let index = isOne ? this.list.indexOf(listener) : this.list.length - 1;
    for (; index >= 0; index = isOne ? -1 : index - 1) {
      tell(this.list, index);
      this.list.splice(index, 1);
    }
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
