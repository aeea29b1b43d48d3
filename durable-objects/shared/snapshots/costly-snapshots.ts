/**
 * Limits snapshots that are costly, by their size or because the storage is written, to ten in a second for each
 * client: otherwise a client could decide how much is written, and how busy the object is.
 */
import { Timer } from "../../../glue/common/timers.ts";
import { COMMIT_TIME, WRITE_DELAY } from "../../../glue/engine/host/batched-storage.ts";

export class CostlySnapshots<Socket extends object> {
  readonly #now: () => number;
  readonly #save: (webSocket: Socket) => void;
  /** When the last snapshot was saved, of WebSockets for which it was costly. */
  readonly #savedAt = new Map<Socket, number>();
  readonly #waiting = new Set<Socket>();
  /** Keeps the object awake until none is put off. */
  readonly #timer = new Timer();

  /** `save`: a snapshot that waited is to be taken, and saved. */
  constructor(now: () => number, save: (webSocket: Socket) => void) {
    this.#now = now;
    this.#save = save;
  }

  get isWaiting(): boolean {
    return this.#timer.isSet;
  }

  /** Returns whether it is saved later; otherwise it is to be saved now. */
  putOff(webSocket: Socket): boolean {
    const savedAt = this.#savedAt.get(webSocket);
    if (savedAt === undefined) return false;
    const since = this.#now() - savedAt;
    // A clock that was set back counts as one that went on.
    if (since < 0 || since >= WRITE_DELAY) return false;
    this.#waiting.add(webSocket);
    this.#timer.set(() => this.#saveAll(), WRITE_DELAY);
    return true;
  }

  /** One was saved that cost little: the next need not wait. */
  noteCheap(webSocket: Socket): void {
    this.#waiting.delete(webSocket);
    if (this.#savedAt.size > 0) this.#savedAt.delete(webSocket);
  }

  /** A costly one was saved: the next waits. */
  noteCostly(webSocket: Socket): void {
    this.#waiting.delete(webSocket);
    this.#savedAt.set(webSocket, this.#now());
  }

  /** Whether there is a newer one than was saved. */
  isLate(webSocket: Socket): boolean {
    return this.#waiting.has(webSocket);
  }

  /** Forgets a snapshot that was put off. */
  drop(webSocket: Socket): void {
    this.#waiting.delete(webSocket);
    this.#savedAt.delete(webSocket);
  }

  #saveAll(): void {
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const webSocket of all) this.#save(webSocket);
    // A timer's write is committed a little later, and lost if the object is evicted before.
    if (all.length > 0) setTimeout(() => {}, COMMIT_TIME);
  }
}
