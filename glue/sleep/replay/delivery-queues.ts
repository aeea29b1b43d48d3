/** What waits for the listeners of sockets that slept: bounded by bytes, for each client and for all. */
import { inMicrotask } from "../../common/microtasks.ts";

/**
 * How much may wait for the listeners of one client's sockets, in bytes of memory, and of all clients
 * together. A client whose events would be more is closed; one event alone may be larger.
 */
export const MAX_WAITING = 1024 * 1024;
export const MAX_WAITING_OF_ALL = 16 * MAX_WAITING;

/** What a socket needs its listeners for. */
export interface Delivery {
  /** For messages: `event`, `disconnect`. */
  readonly what: string;
  run(): void;
  /** What it holds while it waits, in bytes. Asked only if it has to. */
  size(): number;
  /** Whether it is about the end of the socket, which happens whether its listeners are there or not. */
  readonly isEnd?: boolean;
}

/** What waits for one socket. */
export class DeliveryQueue {
  /** What stands for its client. */
  readonly client: object;
  readonly deliveries: Delivery[] = [];
  /** The size of all of them. */
  size = 0;

  constructor(client: object) {
    this.client = client;
  }
}

/** The sizes of all queues together. */
export class WaitingDeliveries {
  /** What waits for each client, in bytes. */
  readonly #sizes = new Map<object, number>();
  #size = 0;

  /** What waits for a client, in bytes. */
  sizeOf(client: object): number {
    return this.#sizes.get(client) ?? 0;
  }

  /** Puts a delivery into a queue. Returns false if that would be too much: it is dropped. */
  add(queue: DeliveryQueue, delivery: Delivery): boolean {
    const size = delivery.size();
    const ofClient = this.sizeOf(queue.client);
    const isTooMuch = ofClient > 0 && ofClient + size > MAX_WAITING;
    const isTooMuchOfAll = this.#size > 0 && this.#size + size > MAX_WAITING_OF_ALL;
    if (size > 0 && (isTooMuch || isTooMuchOfAll)) return false;
    this.#sizes.set(queue.client, ofClient + size);
    this.#size += size;
    queue.size += size;
    queue.deliveries.push(delivery);
    return true;
  }

  /** Takes all out of a queue. */
  takeAll(queue: DeliveryQueue): Delivery[] {
    const rest = this.sizeOf(queue.client) - queue.size;
    if (rest > 0) this.#sizes.set(queue.client, rest);
    else this.#sizes.delete(queue.client);
    this.#size -= queue.size;
    queue.size = 0;
    return queue.deliveries.splice(0);
  }
}

/** An event reaches listeners that are behind `socket.use` a moment later: the end of its socket comes behind that. */
export function inTheirOrder(
  deliveries: readonly Delivery[],
  deliver: (delivery: Delivery) => void,
): void {
  for (const [index, delivery] of deliveries.entries()) {
    if (index > 0 && delivery.isEnd === true) {
      inMicrotask(() => inTheirOrder(deliveries.slice(index), deliver));
      return;
    }
    deliver(delivery);
  }
}
