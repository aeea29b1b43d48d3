/**
 * Replay: after a sleep the listeners that server code registered inside of `io.on("connection", …)`
 * are gone. When a socket that slept needs them, its namespace's connection listeners run once more,
 * behind the middlewares that left what could not be kept. They register; whatever else they do to
 * clients, rooms and `socket.data` has happened already and is dropped (gate.ts), until they settle or
 * the patience with them is over.
 *
 * A socket without its listeners would be connected and deaf for ever: one whose listener fails in a
 * replay, or wants it gone, is closed, and its client comes back to a listener that runs for real.
 */

import { advise } from "../../common/advice.ts";
import type { Any } from "../../common/any.ts";
import { DIAGNOSTICS } from "../../common/diagnostics.ts";
import { TROUBLES } from "../../common/pages.ts";
import { isThenable } from "../../common/values.ts";
import { SERVICE_RESTART } from "../../engine/host/close-codes.ts";
import type { ClientReplays } from "./client-replays.ts";
import {
  type Delivery,
  DeliveryQueue,
  inTheirOrder,
  WaitingDeliveries,
} from "./delivery-queues.ts";
import { Repetition, type ReplayGate } from "./gate.ts";
import { remakingPart } from "./remaking-part.ts";
import { REPLAY_TIMEOUT, withTimeout } from "./replay-timeout.ts";

/** A replay of what had not settled before either ends so long after it is as far as it was, in milliseconds. */
const GRACE = 50;

/** So many asynchronous replays run at a time when an object replays all of its sockets. */
const AT_A_TIME = 128;
/** For so long it does that before it goes on, in milliseconds. The platform resets what takes 30 seconds. */
const EAGER_PATIENCE = 20_000;

/** A socket, as far as a replay needs it. */
export interface ReplayedSocket {
  readonly id: string;
  readonly connected: boolean;
  readonly nsp: { readonly name: string };
  /** What stands for its client. */
  readonly _conn: object;
  /** The core's handle. */
  readonly _session: number;
  /** Whether anything hangs around it that is its client's other sockets' as well: the request, the connection. */
  readonly _hasSurroundings: boolean;
  /** Of its client's sockets, those whose middlewares run again, and make again what hangs around all of them. */
  _remakers(): readonly ReplayedSocket[];
  /** Which socket it is, for messages. */
  _describe(): string;
  /** Whether anybody hears of its events. */
  readonly _hasListeners: boolean;
  /** Its client has to go. */
  _expel(reason: string, code?: number): void;
  /** The replay that it still needs or that is under way. */
  _replay: Replay | undefined;
  /**
   * Whether its connection listeners had not settled before the sleep, and have registered as many listeners by now as
   * they had then: they may well go on for ever.
   */
  readonly _isAsBefore: boolean;
  /** Its connection listeners go on until this settles, which does not reject. */
  _goesOnUntil(promise: Promise<unknown>): void;
  /** The replay begins. */
  _beginReplay(): void;
  /** It goes on later: others run meanwhile. */
  _pauseReplay(): void;
  /**
   * What stands in front of the connection listeners and has left what could not be kept: to be run in
   * this order. Nothing for most sockets.
   */
  _beforeListeners(): readonly (() => Promise<void> | undefined)[];
  /** The listeners to be run, in their order. */
  _connectionListeners(): readonly ((socket: Any) => unknown)[];
  /** Dropping is over: what the replay wrote is undone. */
  _endReplay(): void;
  /** What it registers was registered: listeners that had been removed before the sleep are again. */
  _removeAgain(): void;
  /** Listeners that are added from now on are late: a replay would not add them. */
  _endRegistering(): void;
}

/** The replay of one socket. */
export class Replay extends Repetition {
  state: "due" | "running" | "over" = "due";
  /** What waits until the socket's listeners are there. */
  readonly queue: DeliveryQueue;
  /** Why the listeners are not there, when all is over. */
  failure: unknown;
  hasFailed = false;
  /** Whether nothing else may happen to the sockets of its client meanwhile. */
  isAlone = false;
  /** Whether the connection listeners have been called: its middlewares run before. */
  areListenersCalled = false;
  /** To be called whenever a listener was registered. */
  onRegistered: (() => void) | undefined;
  readonly #socket: Pick<ReplayedSocket, "_conn" | "_session">;

  constructor(socket: Pick<ReplayedSocket, "_conn" | "_session">) {
    super();
    this.#socket = socket;
    this.queue = new DeliveryQueue(socket._conn);
  }

  /** Its middlewares run again: when the client came, its socket was not connected yet. */
  get isBeforeListeners(): boolean {
    return this.state === "running" && !this.areListenersCalled;
  }

  /** Its listeners are not, or not all, there. The first reason counts. */
  fail(failure: unknown): void {
    if (this.hasFailed) return;
    this.hasFailed = true;
    this.failure = failure;
  }

  /** @internal */
  override _noteEnd(connection: object, session?: number): void {
    const { _conn: conn, _session: own } = this.#socket;
    if (connection !== conn) return;
    // Of its client's other sockets it has happened before, as of everybody's.
    if (session !== undefined && (session !== own || this.isBeforeListeners)) return;
    this.fail(new Error("the listener disconnected its socket, as it did not when that came"));
  }
}

/** The replays of one server. */
export class Replays {
  readonly #gate: ReplayGate;
  readonly #report: (error: unknown, where: string) => void;
  readonly #pending = new Set<Promise<unknown>>();
  readonly #waiting = new WaitingDeliveries();
  /** Makes again what hangs around sockets; undefined where that was left out. */
  readonly clientReplays: ClientReplays | undefined;

  /** `report` gets what listeners throw, and where. */
  constructor(gate: ReplayGate, report: (error: unknown, where: string) => void) {
    this.#gate = gate;
    this.#report = report;
    if (typeof DORMOUSE_REMAKING === "undefined" || DORMOUSE_REMAKING) {
      this.clientReplays =
        remakingPart &&
        new remakingPart.ClientReplays({
          waiting: this.#waiting,
          start: (socket, replay) => this.#start(socket, replay),
          alsoWaitFor: (promise) => this.alsoWaitFor(promise),
          report,
        });
    }
  }

  /** Resolves when no replay is under way; undefined if none is. The object must not sleep before. */
  get settled(): Promise<unknown> | undefined {
    return this.#pending.size === 0 ? undefined : Promise.all(this.#pending);
  }

  /** Something else is under way that a sleep would undo. The promise does not reject. */
  alsoWaitFor(promise: Promise<unknown>): void {
    this.#pending.add(promise);
    promise.then(() => this.#pending.delete(promise));
  }

  /**
   * Replays all of these sockets, so many at a time; what takes too long is left for when it is needed. As
   * far as listeners settle at once, they have run when this returns.
   */
  async runAll(sockets: Iterable<ReplayedSocket>): Promise<void> {
    const running = new Set<Promise<void>>();
    const end = Date.now() + EAGER_PATIENCE;
    for (const socket of sockets) {
      const done = this.#runOne(socket);
      if (done === undefined) continue;
      running.add(done);
      done.then(() => running.delete(done));
      if (running.size < AT_A_TIME) continue;
      await Promise.race(running);
      if (Date.now() > end) {
        const problem = `not all sockets were replayed within ${EAGER_PATIENCE} ms of waking`;
        this.#report(new Error(`${problem}: the others are when they are needed`), "replay");
        break;
      }
    }
    await Promise.all(running);
  }

  /** Undefined if it is over at once. */
  #runOne(socket: ReplayedSocket): Promise<void> | undefined {
    if (socket._replay === undefined) return undefined;
    let isOver = false;
    let resolve = (): void => {
      isOver = true;
    };
    // It happens whether the listeners can be had or not.
    const delivery = { what: "replay", run: () => resolve(), size: () => 0, isEnd: true };
    this.whenReady(socket, delivery);
    if (isOver) return undefined;
    return new Promise((done) => {
      resolve = done;
    });
  }

  /**
   * Runs a delivery once the listeners of a socket are there, in the order of the calls. Returns false
   * if that is not yet. What it throws is reported. When the listeners cannot be had, only what is about
   * the socket's end is delivered.
   */
  whenReady(socket: ReplayedSocket, delivery: Delivery): boolean {
    if (typeof DORMOUSE_REMAKING === "undefined" || DORMOUSE_REMAKING) {
      const before = this.clientReplays?.queueBefore(socket);
      if (before !== undefined) {
        const run = (): void => void this.whenReady(socket, delivery);
        return this.#wait(socket, before, { ...delivery, run });
      }
    }
    const replay = socket._replay;
    if (replay === undefined) {
      this.#deliver(socket, delivery);
      return true;
    }
    const { queue } = replay;
    if (replay.state === "due") {
      // Most listeners are there at once: then nothing waits, and nothing has to be counted.
      queue.deliveries.push(delivery);
      this.#start(socket, replay);
      if (isOver(replay)) return true;
      queue.deliveries.pop();
    }
    return this.#wait(socket, queue, delivery);
  }

  #wait(socket: ReplayedSocket, queue: DeliveryQueue, delivery: Delivery): false {
    if (!this.#waiting.add(queue, delivery)) {
      const size = this.#waiting.sizeOf(queue.client);
      const problem = "more events came than may wait for the connection listeners";
      this.#reportOf(socket, new Error(`${problem} (${size} bytes wait): the client is closed`));
      socket._expel("too much was sent before the server was ready");
    }
    return false;
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
    replay.isAlone = socket._hasSurroundings;
    socket._beginReplay();
    this.#gate.close(replay);
    const steps = socket._beforeListeners();
    const running =
      steps.length === 0 ? this.#runListeners(socket, replay) : this.#runAll(socket, replay, steps);
    if (running === undefined) this.#finish(socket, replay);
    else this.#await(socket, replay, running);
  }

  /** Middlewares, then the listeners. */
  async #runAll(
    socket: ReplayedSocket,
    replay: Replay,
    steps: readonly (() => Promise<void> | undefined)[],
  ): Promise<void> {
    for (const step of steps) {
      let running: Promise<void> | undefined;
      this.#gate.run(replay, () => {
        running = step();
      });
      await running;
      if (replay.state === "over") return;
    }
    await this.#runListeners(socket, replay);
  }

  /** Undefined if they have settled. The promise does not reject. */
  #runListeners(socket: ReplayedSocket, replay: Replay): Promise<unknown> | undefined {
    replay.areListenersCalled = true;
    const promises: PromiseLike<unknown>[] = [];
    const isKnownLater = this.#gate.run(replay, () => {
      this.#callListeners(socket, replay, promises);
    });
    if (promises.length === 0) return undefined;
    if (!isKnownLater) {
      advise(
        "async context",
        `an asynchronous connection listener ran again after a sleep. ${
          DIAGNOSTICS
            ? "Without the compatibility flag nodejs_als, what it emits after its first await is sent again: set " +
              'compatibility_flags = ["nodejs_als"] (or "nodejs_compat") in wrangler.toml.'
            : TROUBLES
        }`,
      );
      this.#stopDropping(socket, replay);
    }
    const fail = (error: unknown): void => replay.fail(error);
    return Promise.all(promises.map((promise) => promise.then(undefined, fail)));
  }

  /** Adds the promises of those that have not settled. */
  #callListeners(socket: ReplayedSocket, replay: Replay, promises: PromiseLike<unknown>[]): void {
    try {
      for (const listener of socket._connectionListeners()) {
        const result = listener.call(socket.nsp, socket);
        if (isThenable(result)) promises.push(result);
      }
    } catch (error) {
      // As on the first run, the listeners behind it are not called.
      replay.fail(error);
    }
  }

  #await(socket: ReplayedSocket, replay: Replay, running: Promise<unknown>): void {
    const { _conn: client } = socket;
    socket._pauseReplay();
    if (replay.isAlone) this.clientReplays?.holdBack(client);
    const asBefore = new Promise<void>((resolve) => {
      replay.onRegistered = () => {
        // What it does at once behind the last of them is dropped, too.
        if (socket._isAsBefore) setTimeout(resolve, GRACE);
      };
      replay.onRegistered();
    });
    socket._goesOnUntil(running);
    const timeOut = (): void => this.#timeOut(socket, replay);
    const ready = withTimeout([running, asBefore], timeOut, () => {
      this.#pending.delete(ready);
      this.#finish(socket, replay);
      this.clientReplays?.goOn(client);
    });
    this.#pending.add(ready);
  }

  #timeOut(socket: ReplayedSocket, replay: Replay): void {
    if (replay.areListenersCalled) {
      const problem = `its connection listeners have not settled within ${REPLAY_TIMEOUT} ms`;
      this.#reportOf(socket, new Error(`${problem}: its events go on without them`));
    } else {
      replay.fail(new Error(`its middlewares have not settled within ${REPLAY_TIMEOUT} ms`));
    }
    replay.state = "over";
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
    socket._removeAgain();
    socket._endRegistering();
    const deliveries = this.#waiting.takeAll(replay.queue);
    if (!replay.hasFailed) {
      const isHeard = socket._hasListeners || deliveries.every(({ isEnd }) => isEnd);
      if (!isHeard) this.#adviseOnDeafness(socket);
      inTheirOrder(deliveries, (delivery) => this.#deliver(socket, delivery));
      return;
    }
    const consequence = "its client is closed, so that it connects anew";
    this.#reportOf(socket, replay.failure, `: ${consequence}`);
    for (const delivery of deliveries) if (delivery.isEnd) this.#deliver(socket, delivery);
    if (socket.connected) socket._expel("listeners failed after a sleep", SERVICE_RESTART);
  }

  #reportOf(socket: ReplayedSocket, error: unknown, consequence = ""): void {
    const where = `${socket.nsp.name}, socket ${socket.id}, connection after a sleep`;
    this.#report(error, where + consequence);
  }

  #adviseOnDeafness(socket: ReplayedSocket): void {
    const { name } = socket.nsp;
    advise(
      "deaf",
      `after a sleep, an event of a client of ${name} found no listeners. ${
        DIAGNOSTICS
          ? 'They are added in io.on("connection", …), which setup has to call before it ends: `await` what it waits for.'
          : TROUBLES
      }`,
    );
  }
}

function isOver({ state }: Replay): boolean {
  return state === "over";
}
