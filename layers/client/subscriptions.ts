/** Handlers of events, wrapped so that what they throw is logged; found again by what was given. */
import type { Socket } from "socket.io-client";

// biome-ignore lint/suspicious/noExplicitAny: handlers say themselves what they take
type Any = any;

/** Handles an event: gets its first argument. */
export type EventHandler<Data = unknown> = (data: Data) => void | Promise<void>;

interface Subscription {
  handler: EventHandler<Any>;
  listener: (data: Any) => void;
}

export class Subscriptions {
  readonly #socket: Socket;
  readonly #onError: (event: string, error: unknown) => void;
  readonly #byEvent = new Map<string, Subscription[]>();

  /** `onError`: told what handlers throw, or reject with. */
  constructor(socket: Socket, onError: (event: string, error: unknown) => void) {
    this.#socket = socket;
    this.#onError = onError;
  }

  has(event: string): boolean {
    return this.#byEvent.has(event);
  }

  add(event: string, handler: EventHandler<Any>): void {
    const listener = async (data: Any): Promise<void> => {
      try {
        await handler(data);
      } catch (error) {
        this.#onError(event, error);
      }
    };
    this.#byEvent.set(event, [...(this.#byEvent.get(event) ?? []), { handler, listener }]);
    this.#socket.on(event, listener);
  }

  /** Removes all. */
  clear(): void {
    for (const event of [...this.#byEvent.keys()]) this.remove(event);
  }

  /** Removes this handler of the event's, or all. */
  remove(event: string, handler?: EventHandler<Any>): void {
    const kept: Subscription[] = [];
    for (const subscription of this.#byEvent.get(event) ?? []) {
      if (handler === undefined || subscription.handler === handler) {
        this.#socket.off(event, subscription.listener);
      } else {
        kept.push(subscription);
      }
    }
    if (kept.length > 0) this.#byEvent.set(event, kept);
    else this.#byEvent.delete(event);
  }
}
