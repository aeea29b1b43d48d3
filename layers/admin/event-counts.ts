/** How many events there were, by second and kind, until they are told. */
import type { NamespaceEvent } from "./protocol.ts";

/** So many different ones are kept; clients decide on some of their names. */
const MAX_KINDS = 1_000;

export class EventCounts {
  #events = new Map<string, NamespaceEvent>();

  add(type: string, subType?: string, count = 1): void {
    const now = Date.now();
    const timestamp = now - (now % 1000);
    const key = `${timestamp};${type};${subType}`;
    const event = this.#events.get(key);
    if (event !== undefined) event.count += count;
    else if (this.#events.size < MAX_KINDS) {
      this.#events.set(key, { timestamp, type, subType, count } as NamespaceEvent);
    }
  }

  /** All of them, which are forgotten. */
  take(): NamespaceEvent[] {
    const events = [...this.#events.values()];
    this.#events = new Map();
    return events;
  }
}
