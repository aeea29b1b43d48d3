/** The catch-all listeners of a socket: one list for what comes in, one for what goes out. */
import { inMicrotask } from "../../common/microtasks.ts";
import { isThenable } from "../../common/values.ts";
import {
  type CatchAllPlace,
  INCOMING,
  OUTGOING,
  type Place,
} from "../../sleep/replay/listener-places.ts";
import type { BroadcastOperator } from "../emitting/broadcast-operator.ts";
import { RoomEmitter } from "../emitting/room-emitter.ts";
import type { Any, EventsMap } from "../types/typed-events.ts";

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
    this.#incomingListeners().change((list) => list.push(listener));
    return this;
  }

  /**
   * The same as `onAny`, in front of the others.
   *
   * @example
   * socket.prependAny((event) => console.log("first of all", event));
   */
  prependAny(listener: AnyListener): this {
    this.#incomingListeners().change((list) => list.unshift(listener));
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
    return this._whenThere(() => this.#incoming?.change(without(listener)));
  }

  /**
   * The listeners of `onAny`, in the order of their calls. What is done to the array is done to them.
   *
   * @example
   * socket.listenersAny().length = 0; // none is called any more
   */
  listenersAny(): AnyListener[] {
    return this.#incoming?.handOut() ?? [];
  }

  /**
   * Adds a listener for every event that goes out to this client, broadcasts included; acknowledgements are
   * none. It gets the name, then the arguments.
   *
   * @example
   * socket.onAnyOutgoing((event, ...args) => console.log("sent", event, args));
   */
  onAnyOutgoing(listener: AnyListener): this {
    this.#outgoingListeners().change((list) => list.push(listener));
    return this;
  }

  /**
   * The same as `onAnyOutgoing`, in front of the others.
   *
   * @example
   * socket.prependAnyOutgoing((event) => console.log("first of all", event));
   */
  prependAnyOutgoing(listener: AnyListener): this {
    this.#outgoingListeners().change((list) => list.unshift(listener));
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
    return this._whenThere(() => this.#outgoing?.change(without(listener)));
  }

  /** The listeners of `onAnyOutgoing`, in the order of their calls. What is done to the array is done to them. */
  listenersAnyOutgoing(): AnyListener[] {
    return this.#outgoing?.handOut() ?? [];
  }

  /** Tells the listeners of `onAnyOutgoing` of a packet. Adapters call it before they send. */
  notifyOutgoingListeners(packet: { data: unknown[] }): void {
    this._notifyOutgoing(packet.data);
  }

  /** @internal Tells the listeners of an event that goes out. */
  _notifyOutgoing(event: unknown[]): void {
    this.#outgoing?.notify(event);
  }

  /** @internal Tells the listeners of an event that came in. */
  _notifyIncoming(event: unknown[]): void {
    this.#incoming?.notify(event);
  }

  /** @internal The listeners for all that comes in, or goes out, in their order. */
  _catchAll(place: CatchAllPlace): readonly AnyListener[] {
    return (place === INCOMING ? this.#incoming : this.#outgoing)?.list ?? [];
  }

  /** @internal Removes the one at this index. Nobody is told. */
  _removeCatchAll(place: CatchAllPlace, index: number): void {
    (place === INCOMING ? this.#incoming : this.#outgoing)?.drop(index);
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

  #incomingListeners(): AnyListeners {
    this.#incoming ??= new AnyListeners(this, INCOMING);
    return this.#incoming;
  }

  #outgoingListeners(): AnyListeners {
    if (this.#outgoing === undefined) {
      this.#outgoing = new AnyListeners(this, OUTGOING);
      this._onFirstOutgoing();
    }
    return this.#outgoing;
  }
}

/** Whom the listeners belong to. */
interface Owner {
  _onListenerAdded(place: Place, listener: unknown): void;
  _onListenerRemoved(place: Place, before: readonly unknown[], index: number): void;
  _settling(promise: PromiseLike<unknown>, event: unknown): void;
}

class AnyListeners {
  /** In the order in which they are called. The array itself is handed out, as upstream. */
  readonly list: AnyListener[] = [];
  /** The list as it was told of; never changed in place. */
  #told: readonly AnyListener[] = [];
  readonly #owner: Owner;
  readonly #place: CatchAllPlace;

  constructor(owner: Owner, place: CatchAllPlace) {
    this.#owner = owner;
    this.#place = place;
  }

  /** Adds or removes listeners. */
  change(how: (list: AnyListener[]) => void): void {
    how(this.list);
    this.#tell();
  }

  /** Removes the one at this index, and tells nobody. */
  drop(index: number): void {
    this.list.splice(index, 1);
    this.#told = this.list.slice();
  }

  /** The array, to look at or to change. What was changed is told of when the code that has asked is done. */
  handOut(): AnyListener[] {
    inMicrotask(() => this.#tell());
    return this.list;
  }

  /** Calls the listeners that there are now with an event: its name and its arguments. */
  notify(event: unknown[]): void {
    this.#tell();
    for (const listener of this.#told) {
      const result: unknown = listener.apply(this.#owner, event);
      if (isThenable(result)) this.#owner._settling(result, event[0]);
    }
  }

  /** Tells of what is there that was not, and of what is gone. */
  #tell(): void {
    const { list } = this;
    const told = this.#told;
    if (told.length === list.length && told.every((one, at) => one === list[at])) return;
    const before = told.slice();
    const added = list.slice();
    this.#told = list.slice();
    for (let index = before.length - 1; index >= 0; index -= 1) {
      const still = added.lastIndexOf(before[index] as AnyListener);
      if (still >= 0) added.splice(still, 1);
      else {
        this.#owner._onListenerRemoved(this.#place, before, index);
        before.splice(index, 1);
      }
    }
    for (const listener of added) this.#owner._onListenerAdded(this.#place, listener);
  }
}

/** Removes this one, or all. */
function without(listener: AnyListener | undefined): (list: AnyListener[]) => void {
  return (list) => {
    const at = listener === undefined ? 0 : list.indexOf(listener);
    if (at >= 0) list.splice(at, listener === undefined ? list.length : 1);
  };
}
