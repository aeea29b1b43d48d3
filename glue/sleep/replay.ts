/**
 * Replay: after a sleep the listeners that server code registered inside of `io.on("connection", …)`
 * are gone. When a socket that slept needs them, its namespace's connection listeners run once more.
 * They register; whatever else they do to clients, rooms and `socket.data` has happened already and is
 * dropped (gate.ts), until they settle or the patience with them is over.
 */

import type { Any } from "../common/any.ts";
import { isThenable } from "../common/values.ts";
import { Repetition, type ReplayGate } from "./gate.ts";

/**
 * How long the events of a socket wait for its asynchronous connection listeners, in milliseconds. Well
 * below the ten seconds after which an idle object falls asleep.
 */
export const REPLAY_PATIENCE = 5_000;

/**
 * How much may wait for the listeners of one client's sockets, in bytes of memory, and of all clients
 * together. A client whose events would be more is closed; one event alone may be larger.
 */
export const MAX_WAITING = 1024 * 1024;
export const MAX_WAITING_OF_ALL = 16 * MAX_WAITING;

/** A socket, as far as a replay needs it. */
export interface ReplayedSocket {
  readonly id: string;
  readonly nsp: { readonly name: string };
  /** What stands for its client. */
  readonly conn: object;
  /** Which socket it is, for messages. */
  _describe(): string;
  /** Too much waits: its client has to go. */
  _expel(reason: string): void;
  /** The replay that it still needs or that is under way. */
  _replay: Replay | undefined;
  /** The replay begins. */
  _beginReplay(): void;
  /** The listeners to be run, in their order. */
  _connectionListeners(): readonly ((socket: Any) => unknown)[];
  /** Dropping is over: what the replay wrote is undone. */
  _endReplay(): void;
}

/** What a socket needs its listeners for. */
export interface Delivery {
  /** For messages: `event`, `disconnect`. */
  readonly what: string;
  run(): void;
  /** What it holds while it waits, in bytes. Asked only if it has to. */
  size(): number;
}

/** The replay of one socket. */
export class Replay extends Repetition {
  state: "due" | "running" | "over" = "due";
  /** What waits until the socket's listeners are there. */
  readonly waiting: Delivery[] = [];
  /** The size of all that waits. */
  size = 0;
}

/** The replays of one server. */
export class Replays {
  readonly #gate: ReplayGate;
  readonly #report: (error: unknown, where: string) => void;
  readonly #pending = new Set<Promise<void>>();
  /** The sizes of what waits, by client. */
  readonly #sizes = new Map<object, number>();
  #size = 0;
  #hasWarned = false;

  /** `report` gets what listeners throw, and where. */
  constructor(gate: ReplayGate, report: (error: unknown, where: string) => void) {
    this.#gate = gate;
    this.#report = report;
  }

  /** Resolves when no replay is under way; undefined if none is. The object must not sleep before. */
  get settled(): Promise<unknown> | undefined {
    return this.#pending.size === 0 ? undefined : Promise.all(this.#pending);
  }

  /**
   * Runs a delivery once the listeners of a socket are there, in the order of the calls. Returns false
   * if that is not yet. What it throws is reported.
   */
  whenReady(socket: ReplayedSocket, delivery: Delivery): boolean {
    const replay = socket._replay;
    if (replay?.state === "due") this.#start(socket, replay);
    if (socket._replay === undefined) {
      this.#deliver(socket, delivery);
      return true;
    }
    this.#wait(socket, socket._replay, delivery);
    return false;
  }

  #wait(socket: ReplayedSocket, replay: Replay, delivery: Delivery): void {
    const size = delivery.size();
    const ofClient = this.#sizes.get(socket.conn) ?? 0;
    const isTooMuch = ofClient > 0 && ofClient + size > MAX_WAITING;
    const isTooMuchOfAll = this.#size > 0 && this.#size + size > MAX_WAITING_OF_ALL;
    if (size > 0 && (isTooMuch || isTooMuchOfAll)) {
      const problem = "more events came than may wait for the connection listeners";
      this.#reportOf(
        socket,
        new Error(`${problem} (${ofClient} bytes wait): the client is closed`),
      );
      socket._expel("too much was sent before the server was ready");
      return;
    }
    this.#sizes.set(socket.conn, ofClient + size);
    this.#size += size;
    replay.size += size;
    replay.waiting.push(delivery);
  }

  /** Nothing of a replay waits any more. */
  #forgetSize(socket: ReplayedSocket, replay: Replay): void {
    const rest = (this.#sizes.get(socket.conn) ?? 0) - replay.size;
    if (rest > 0) this.#sizes.set(socket.conn, rest);
    else this.#sizes.delete(socket.conn);
    this.#size -= replay.size;
    replay.size = 0;
  }

  #deliver(socket: ReplayedSocket, delivery: Delivery): void {
    try {
      delivery.run();
    } catch (error) {
      this.#report(error, `${delivery.what} of ${socket._describe()}`);
    }
  }

  #start(socket: ReplayedSocket, replay: Replay): void {
    replay.state = "running";
    socket._beginReplay();
    this.#gate.close(replay);
    const promises: PromiseLike<unknown>[] = [];
    const isKnownLater = this.#gate.run(replay, () => this.#callListeners(socket, promises));
    if (promises.length === 0) {
      this.#finish(socket, replay);
      return;
    }
    if (!isKnownLater) {
      this.#warn();
      this.#stopDropping(socket, replay);
    }
    this.#await(socket, replay, promises);
  }

  /** Adds the promises of those that have not settled. */
  #callListeners(socket: ReplayedSocket, promises: PromiseLike<unknown>[]): void {
    try {
      for (const listener of socket._connectionListeners()) {
        const result = listener.call(socket.nsp, socket);
        if (isThenable(result)) promises.push(result);
      }
    } catch (error) {
      // As on the first run, the listeners behind it are not called.
      this.#reportOf(socket, error);
    }
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
    ).then(() => clearTimeout(timer));
    const ready = Promise.race([settled, patience]).then(() => {
      this.#pending.delete(ready);
      this.#finish(socket, replay);
    });
    this.#pending.add(ready);
  }

  #stopDropping(socket: ReplayedSocket, replay: Replay): void {
    if (!replay.isDropping) return;
    this.#gate.open(replay);
    if (socket._replay === replay) socket._endReplay();
  }

  /** What its listeners do from now on takes effect: a loop that never ends is heard again. */
  #finish(socket: ReplayedSocket, replay: Replay): void {
    replay.state = "over";
    this.#stopDropping(socket, replay);
    if (socket._replay !== replay) return;
    socket._replay = undefined;
    this.#forgetSize(socket, replay);
    for (const delivery of replay.waiting.splice(0)) this.#deliver(socket, delivery);
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
