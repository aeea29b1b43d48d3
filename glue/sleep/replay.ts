/**
 * Replay: after a sleep the listeners that server code registered inside of `io.on("connection", …)`
 * are gone. When a socket that slept needs them, its namespace's connection listeners run once more.
 * They register; whatever else they do to clients, rooms and `socket.data` has happened already and is
 * dropped until they settle.
 *
 * What is dropped is told from what others do meanwhile by an `AsyncLocalStorage`, which is looked at
 * only while a replay runs. Where the platform has none, dropping ends at a listener's first `await`.
 */

import type { Any } from "../common/any.ts";
import { isThenable } from "../common/values.ts";
import { type AsyncContext, makeAsyncContext } from "./async-context.ts";

/**
 * How long the events of a socket wait for its asynchronous connection listeners, in milliseconds. Well
 * below the ten seconds after which an idle object falls asleep.
 */
export const REPLAY_PATIENCE = 5_000;

/** A socket, as far as a replay needs it. */
export interface ReplayedSocket {
  readonly id: string;
  readonly connected: boolean;
  readonly nsp: { readonly name: string };
  /** The replay that it still needs or that is under way. */
  _replay: Replay | undefined;
  /** The listeners to be run, in their order. */
  _connectionListeners(): readonly ((socket: Any) => unknown)[];
  /** The replay is over: what it wrote is undone. */
  _putBack(): void;
}

/** The replay of one socket. */
export class Replay {
  state: "due" | "running" | "over" = "due";
  /** Whether what its listeners do is dropped. */
  isDropping = false;
  /** What waits until the socket's listeners are there. */
  readonly waiting: (() => void)[] = [];
}

/** The replays of one server. */
export class Replays {
  readonly #report: (error: unknown, where: string) => void;
  /** Replays of which something may still have to be dropped. */
  #running = 0;
  /** Made with the first replay; `null` if there is none. */
  #context: AsyncContext<Replay> | null | undefined;
  /** The replay whose listeners are being called. */
  #current: Replay | undefined;
  readonly #pending = new Set<Promise<void>>();
  #hasWarned = false;

  /** `report` gets what listeners throw, and where. */
  constructor(report: (error: unknown, where: string) => void) {
    this.#report = report;
  }

  /** Whether the code that is running now does what has happened before, so that it is to be dropped. */
  get isDropping(): boolean {
    return this.#running > 0 && this.#active()?.isDropping === true;
  }

  /** Whether the code that is running now belongs to this replay, and is to be dropped. */
  isCurrent(replay: Replay): boolean {
    return this.#running > 0 && replay.isDropping && this.#active() === replay;
  }

  /** Resolves when no replay is under way; undefined if none is. The object must not sleep before. */
  get settled(): Promise<unknown> | undefined {
    return this.#pending.size === 0 ? undefined : Promise.all(this.#pending);
  }

  /**
   * Calls `deliver` once the listeners of a socket are there, in the order of the calls. Returns false
   * if that is not yet.
   */
  whenReady(socket: ReplayedSocket, deliver: () => void): boolean {
    const replay = socket._replay;
    if (replay?.state === "due") this.#start(socket, replay);
    if (socket._replay === undefined) {
      deliver();
      return true;
    }
    socket._replay.waiting.push(deliver);
    return false;
  }

  /** Runs what has happened before: what it does is dropped, up to its first `await`. */
  silently(run: () => void): void {
    const replay = new Replay();
    replay.isDropping = true;
    const before = this.#current;
    this.#current = replay;
    this.#running += 1;
    try {
      run();
    } finally {
      replay.isDropping = false;
      this.#running -= 1;
      this.#current = before;
    }
  }

  #start(socket: ReplayedSocket, replay: Replay): void {
    replay.state = "running";
    replay.isDropping = true;
    this.#running += 1;
    this.#context ??= makeAsyncContext<Replay>() ?? null;
    const promises = this.#callListeners(socket, replay);
    if (promises.length === 0) {
      this.#stopDropping(socket, replay);
      this.#finish(socket, replay);
      return;
    }
    if (this.#context === null) {
      this.#warn();
      this.#stopDropping(socket, replay);
    }
    this.#await(socket, replay, promises);
  }

  /** Returns the promises of those that have not settled. */
  #callListeners(socket: ReplayedSocket, replay: Replay): PromiseLike<unknown>[] {
    const promises: PromiseLike<unknown>[] = [];
    const call = (): void => {
      try {
        for (const listener of socket._connectionListeners()) {
          const result = listener.call(socket.nsp, socket);
          if (isThenable(result)) promises.push(result);
        }
      } catch (error) {
        // As on the first run, the listeners behind it are not called.
        this.#reportOf(socket, error);
      }
    };
    const before = this.#current;
    this.#current = replay;
    try {
      if (this.#context) this.#context.run(replay, call);
      else call();
    } finally {
      this.#current = before;
    }
    return promises;
  }

  #await(socket: ReplayedSocket, replay: Replay, promises: PromiseLike<unknown>[]): void {
    let timer!: ReturnType<typeof setTimeout>;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        const problem = `its connection listeners have not settled within ${REPLAY_PATIENCE} ms`;
        this.#reportOf(socket, new Error(`${problem}: its events go on without them`));
        resolve();
      }, REPLAY_PATIENCE);
    });
    const settled = Promise.all(
      promises.map((promise) =>
        promise.then(undefined, (error: unknown) => this.#reportOf(socket, error)),
      ),
    ).then(() => {
      clearTimeout(timer);
      this.#stopDropping(socket, replay);
    });
    const ready = Promise.race([settled, patience]).then(() => {
      this.#pending.delete(ready);
      this.#finish(socket, replay);
    });
    this.#pending.add(ready);
  }

  #stopDropping(socket: ReplayedSocket, replay: Replay): void {
    if (!replay.isDropping) return;
    replay.isDropping = false;
    this.#running -= 1;
    if (socket._replay === replay) socket._putBack();
  }

  #finish(socket: ReplayedSocket, replay: Replay): void {
    if (replay.state === "over") return;
    replay.state = "over";
    if (socket._replay !== replay) return;
    // Its patience may be over before its listeners are: their handlers need its data in place.
    if (replay.isDropping) socket._putBack();
    socket._replay = undefined;
    for (const deliver of replay.waiting.splice(0)) {
      try {
        deliver();
      } catch (error) {
        this.#reportOf(socket, error);
      }
    }
  }

  #active(): Replay | undefined {
    // Within the call itself the context need not be asked.
    return this.#current ?? this.#context?.getStore();
  }

  #reportOf(socket: ReplayedSocket, error: unknown): void {
    this.#report(error, `${socket.nsp.name}, socket ${socket.id}, connection after a sleep`);
  }

  #warn(): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    console.warn(
      "dormouse: an asynchronous connection listener ran again after a sleep. Without the " +
        "compatibility flag nodejs_als (or nodejs_compat), what it emits after its first await " +
        "is sent again.",
    );
  }
}
