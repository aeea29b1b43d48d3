/**
 * An event emitter with the interface and the behaviour of Node's `events`, for every platform.
 * Lists of listeners are never changed in place, so `emit` walks them without a copy. Most events have one
 * listener, which is there without a list: each client has sockets with several.
 */

import type { Any } from "./any.ts";

export type EventName = string | symbol;

/** Any function; what it is called with depends on the event, so parameters need no annotation. */
export type Listener = (...args: Any[]) => unknown;

type AnyFunction = (...args: unknown[]) => unknown;

interface StoredListener extends AnyFunction {
  /** What the user passed to `once`. */
  listener?: Listener;
}

/** One, or a list of several. */
type StoredListeners = StoredListener | readonly StoredListener[];

const NO_LISTENERS: readonly StoredListener[] = [];

export class EventEmitter {
  /** Listeners by event. Made with the first listener. */
  _listeners: Map<EventName, StoredListeners> | undefined;

  /** @internal A listener was added: for emitters that have to know. */
  _onListenerAdded?(event: EventName, listener: Listener): void;
  /** @internal A listener is being removed: of those that the event has had until now, the one at this place. */
  _onListenerRemoved?(event: EventName, before: readonly Listener[], index: number): void;

  /** Adds a listener behind the others. */
  on(event: EventName, listener: Listener): this {
    return add(this, event, listener, "behind");
  }

  /** The same as `on`. */
  addListener(event: EventName, listener: Listener): this {
    return add(this, event, listener, "behind");
  }

  /** Adds a listener in front of the others. */
  prependListener(event: EventName, listener: Listener): this {
    return add(this, event, listener, "in front");
  }

  /** Adds a listener that is removed right before its first call. */
  once(event: EventName, listener: Listener): this {
    return add(this, event, onlyOnce(this, event, listener), "behind");
  }

  /** Adds a listener in front of the others that is removed right before its first call. */
  prependOnceListener(event: EventName, listener: Listener): this {
    return add(this, event, onlyOnce(this, event, listener), "in front");
  }

  /**
   * Removes the most recently added instance of a listener.
   *
   * @throws TypeError for what is no function
   */
  off(event: EventName, listener: Listener): this {
    return this.removeListener(event, listener);
  }

  /** The same as `off`. */
  removeListener(event: EventName, listener: Listener): this {
    checkListener(listener);
    const name = nameOf(event);
    const listeners = listOf(this._listeners?.get(name));
    const index = listeners.findLastIndex(
      (stored) => stored === listener || stored.listener === listener,
    );
    if (index < 0) return this;
    this._removeAt(name, index);
    this._onListenerRemoved?.(name, listeners as readonly Listener[], index);
    if (this._listeners?.has("removeListener")) {
      EventEmitter.prototype.emit.call(this, "removeListener", name, listener);
    }
    return this;
  }

  /** Removes the listeners of one event, or all. */
  removeAllListeners(event?: EventName): this {
    if (this._onListenerRemoved !== undefined) {
      for (const name of event === undefined ? this.eventNames() : [nameOf(event)]) {
        for (const left = this.rawListeners(name); left.length > 0; left.pop()) {
          this._onListenerRemoved(name, left, left.length - 1);
        }
      }
    }
    if (event === undefined) this._listeners = undefined;
    else this._listeners?.delete(nameOf(event));
    return this;
  }

  /** @internal Removes the listener at this place, and tells nobody. */
  _removeAt(event: EventName, index: number): void {
    const others = listOf(this._listeners?.get(event)).toSpliced(index, 1);
    if (others.length === 0) this._listeners?.delete(event);
    else this._listeners?.set(event, others.length === 1 ? (others[0] as StoredListener) : others);
  }

  /**
   * Calls the listeners in order; an exception of one ends the call, as on Node. Returns whether there
   * was any. An `error` that nobody listens to is thrown.
   */
  emit(event: EventName, ...args: unknown[]): boolean {
    const listeners = this._listeners?.get(event);
    if (listeners === undefined) {
      if (event === "error") throw args[0] instanceof Error ? args[0] : new Error(String(args[0]));
      return false;
    }
    if (typeof listeners === "function") listeners.apply(this, args);
    else for (const listener of listeners) listener.apply(this, args);
    return true;
  }

  /** A copy of the listeners, as they were passed to `on` and `once`. */
  listeners(event: EventName): Listener[] {
    return this.rawListeners(event).map((stored) => (stored as StoredListener).listener ?? stored);
  }

  /** A copy of the listeners, with the wrappers that `once` makes. */
  rawListeners(event: EventName): Listener[] {
    return [...listOf(this._listeners?.get(nameOf(event)))];
  }

  /** How many listeners an event has; with a listener: how many times that one. */
  listenerCount(event: EventName, listener?: Listener): number {
    const listeners = this._listeners?.get(nameOf(event));
    if (listeners === undefined) return 0;
    if (listener === undefined) return typeof listeners === "function" ? 1 : listeners.length;
    return listOf(listeners).filter((stored) => stored === listener || stored.listener === listener)
      .length;
  }

  /** The events that have listeners. */
  eventNames(): EventName[] {
    return [...(this._listeners?.keys() ?? [])];
  }

  /** There is no limit here; kept so that code written for Node runs. */
  setMaxListeners(_count: number): this {
    return this;
  }

  /** Always 0: no limit. */
  getMaxListeners(): number {
    return 0;
  }
}

function add<Emitter extends EventEmitter>(
  emitter: Emitter,
  event: EventName,
  listener: Listener,
  where: "behind" | "in front",
): Emitter {
  checkListener(listener);
  const name = nameOf(event);
  if (emitter._listeners?.has("newListener")) {
    const original = (listener as StoredListener).listener ?? listener;
    // Not the emitter's own `emit`, which may send to a client.
    EventEmitter.prototype.emit.call(emitter, "newListener", name, original);
  }
  const stored = listener as StoredListener;
  emitter._listeners ??= new Map();
  const others = emitter._listeners.get(name);
  if (others === undefined) emitter._listeners.set(name, stored);
  else {
    const list = listOf(others);
    emitter._listeners.set(name, where === "in front" ? [stored, ...list] : [...list, stored]);
  }
  emitter._onListenerAdded?.(name, stored);
  return emitter;
}

function checkListener(listener: unknown): void {
  if (typeof listener === "function") return;
  throw new TypeError(
    `The "listener" argument must be of type function. Received ${listener === null ? "null" : typeof listener}`,
  );
}

/** Node's emitter takes names as property names: what is no symbol, as the number of an event, is its text. */
function nameOf(event: EventName): EventName {
  return typeof event === "symbol" ? event : `${event}`;
}

function listOf(listeners: StoredListeners | undefined): readonly StoredListener[] {
  if (listeners === undefined) return NO_LISTENERS;
  return typeof listeners === "function" ? [listeners] : listeners;
}

/** How code adds a listener of this event, for messages: `on("news")`. */
export function describeRegistration(event: EventName): string {
  return `on(${JSON.stringify(String(event))})`;
}

function onlyOnce(emitter: EventEmitter, event: EventName, listener: Listener): StoredListener {
  if (typeof listener !== "function") return listener;
  const wrapper: StoredListener = function (this: unknown, ...args: unknown[]) {
    emitter.removeListener(event, wrapper);
    return (listener as AnyFunction).apply(this, args);
  };
  wrapper.listener = listener;
  return wrapper;
}
