/**
 * Snapshots that have to be written to the storage, or may be too large: of a client at most ten in a second, so that it is not the
 * client who decides how much is written, or how busy the object is with it.
 */
import { COMMIT_TIME, WRITE_DELAY } from "../../glue/engine/batched-storage.ts";
import type { ConnectionSnapshot } from "../../glue/engine/host.ts";

export class LateSnapshots<Socket extends object> {
  readonly #now: () => number;
  readonly #save: (webSocket: Socket, snapshot: ConnectionSnapshot) => void;
  readonly #writtenAt = new WeakMap<Socket, number>();
  readonly #waiting = new Map<Socket, ConnectionSnapshot>();
  /** Keeps the object awake until nobody's waits. */
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(now: () => number, save: (webSocket: Socket, snapshot: ConnectionSnapshot) => void) {
    this.#now = now;
    this.#save = save;
  }

  get isWaiting(): boolean {
    return this.#timer !== undefined;
  }

  /** Returns whether it is saved later, and in place of an earlier one; otherwise it is to be saved now. */
  putOff(webSocket: Socket, snapshot: ConnectionSnapshot): boolean {
    const now = this.#now();
    const since = now - (this.#writtenAt.get(webSocket) ?? Number.NEGATIVE_INFINITY);
    // A clock that was set back counts as one that went on.
    const isSoon = since >= 0 && since < WRITE_DELAY;
    if (!isSoon && !this.#waiting.has(webSocket)) {
      this.#writtenAt.set(webSocket, now);
      return false;
    }
    this.#waiting.set(webSocket, snapshot);
    this.#timer ??= setTimeout(() => this.#saveAll(), WRITE_DELAY);
    return true;
  }

  /** The one that waits. */
  get(webSocket: Socket): ConnectionSnapshot | undefined {
    return this.#waiting.get(webSocket);
  }

  /** What waits is of no use any more. */
  drop(webSocket: Socket): void {
    this.#waiting.delete(webSocket);
  }

  #saveAll(): void {
    this.#timer = undefined;
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const [webSocket, snapshot] of all) {
      this.#writtenAt.set(webSocket, this.#now());
      this.#save(webSocket, snapshot);
    }
    // What a timer writes is committed a little later, and lost with an object that is evicted before.
    if (all.length > 0) setTimeout(() => {}, COMMIT_TIME);
  }
}
