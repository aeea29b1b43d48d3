/** What handles the application's own alarm: the class's method, and functions that `setup` adds. */
import type { OnAlarm } from "../create-server/setup-function.ts";

type Handler = Parameters<OnAlarm>[0];

export class AlarmHandlers {
  readonly #handlers: Handler[] = [];
  readonly #onFirst: () => void;
  #isClosed = false;

  /** `onFirst` is called when the first handler is added. */
  constructor(onFirst: () => void) {
    this.#onFirst = onFirst;
  }

  /** `onAlarm`, as `setup` gets it. */
  readonly add: OnAlarm = (handler) => {
    if (typeof handler !== "function") throw new TypeError("dormouse: onAlarm() takes a function");
    // Added later, it would be missing when an alarm goes off after a sleep.
    if (this.#isClosed) throw new Error("dormouse: onAlarm() is for setup, which is over");
    if (this.#handlers.length === 0) this.#onFirst();
    this.#handlers.push(handler);
  };

  /** `setup` is over. */
  close(): void {
    this.#isClosed = true;
  }

  /** Calls the handlers one after the other, until one throws. */
  async call(info: Parameters<Handler>[0]): Promise<void> {
    for (const handler of this.#handlers) await handler(info);
  }
}
