/** The catch-all listeners of a socket: one list for what comes in, one for what goes out. */
import type { Any } from "./typed-events.ts";

export type AnyListener = (...args: Any[]) => void;

export class AnyListeners {
  /** In the order of their calls. Upstream hands out this very array, and so do we. */
  readonly list: AnyListener[] = [];

  add(listener: AnyListener): void {
    this.list.push(listener);
  }

  prepend(listener: AnyListener): void {
    this.list.unshift(listener);
  }

  /** Removes the first instance of a listener, or all listeners. */
  remove(listener?: AnyListener): void {
    if (listener === undefined) {
      this.list.length = 0;
      return;
    }
    const index = this.list.indexOf(listener);
    if (index >= 0) this.list.splice(index, 1);
  }

  /** Calls the listeners that there are now with an event: its name and its arguments. */
  notify(socket: unknown, event: unknown[]): void {
    for (const listener of this.list.slice()) listener.apply(socket, event);
  }
}
