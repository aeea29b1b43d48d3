/**
 * What middlewares leave that a sleep would lose (a session with its methods, listeners), and how it is made
 * again: they run again, silently, in the replay of the sockets for which they left it, and of no others.
 * First those of the engine, once for each connection, then those of the namespace. What they decide then
 * does not count: who was admitted stays.
 */

import { isThenable } from "../../common/values.ts";
import type { Connection } from "../../engine/connections/connection.ts";
import { RepeatedParts } from "../../engine/handshake/repeated-parts.ts";
import type { Runtime } from "../../engine/runtime/runtime.ts";
import type { Holders } from "../guards/property-guards.ts";
import { Repetition, type ReplayGate } from "../replay/gate.ts";
import type { Around } from "./around.ts";
import type { LeftTracker, RemadeSocket } from "./left-by-middlewares.ts";
import { type AtWork, BY_EVENTS } from "./unkept.ts";

/** A middleware of a namespace. */
type Middleware<Socket> = (socket: Socket, next: (error?: unknown) => void) => unknown;

/** What of the change tracker is needed to make things again. */
interface RemakingTracker extends LeftTracker {
  surroundingsOf(connection: Connection): Around;
  holders(gate: Pick<ReplayGate, "isDropping">, connection: Connection): Holders;
  /** Undefined if there is nothing. */
  searchedAround(connection: Connection): Around | undefined;
  /** What is kept of one connection's sockets. */
  readonly statesOf: (connection: Connection) => Iterable<Maker>;
}

/** What is kept of a socket, as one of those who make something around the sockets of its connection. */
interface Maker {
  readonly conn: Connection;
  readonly isGone: boolean;
  /** While its middlewares or connection listeners are at work: who they are, and what there was before. */
  readonly atWork: AtWork | undefined;
}

export class Remaking {
  readonly #runtime: Runtime;
  readonly #gate: ReplayGate;
  readonly #changes: RemakingTracker;
  /** The engine's middlewares that run again, or did, by connection. */
  readonly #handshakes = new WeakMap<Connection, Promise<void>>();
  #hasTold = false;

  constructor(runtime: Runtime, gate: ReplayGate, changes: RemakingTracker) {
    this.#runtime = runtime;
    this.#gate = gate;
    this.#changes = changes;
  }

  /** Runs the engine's part again, unless it has; undefined if it has left nothing that cannot be kept. */
  repeatHandshake(conn: Connection): Promise<void> | undefined {
    if (typeof DORMOUSE_HANDSHAKE !== "undefined" && !DORMOUSE_HANDSHAKE) return undefined;
    const { repeatHandshake } = this.#runtime;
    const { request, _repeats: repeats } = conn;
    if (repeats === RepeatedParts.none || repeatHandshake === undefined || !request)
      return undefined;
    let running = this.#handshakes.get(conn);
    if (running === undefined) {
      const made: AtWork = { maker: conn, before: this.#changes.unkeptAround(conn) };
      running = silently(this.#gate, () =>
        this.#guarded(conn, () => repeatHandshake(request, repeats)),
      ).then(() => {
        // The sockets wait for it.
        if (conn.readyState === "open") this.noteMadeAlone(conn, made);
      });
      this.#handshakes.set(conn, running);
    }
    return running;
  }

  /** Runs the middlewares of its namespace again for a socket. Within its replay, which guards what was kept. */
  async repeatMiddlewares<Socket extends RemadeSocket>(
    socket: Socket,
    middlewares: readonly Middleware<Socket>[],
  ): Promise<void> {
    const { id } = socket;
    for (const middleware of middlewares) {
      await this.#repeat(socket, middleware);
      // One that gives ids gave this one when the client came.
      socket.id = id;
    }
  }

  /** Resolves when the middleware has called `next`, or has failed. */
  #repeat<Socket extends RemadeSocket>(
    socket: Socket,
    middleware: Middleware<Socket>,
  ): Promise<void> {
    return new Promise((resolve) => {
      const fail = (error: unknown): void => {
        this.#tell(socket, error);
        resolve();
      };
      const next = (error?: unknown): void => {
        if (error) fail(error);
        else resolve();
      };
      try {
        const result = middleware(socket, next);
        if (isThenable(result)) result.then(undefined, fail);
      } catch (error) {
        fail(error);
      }
    });
  }

  /** While this runs, what was kept around the connection is safe from it. */
  async #guarded(conn: Connection, run: () => Promise<void>): Promise<void> {
    const release = this.guard(conn);
    try {
      await run();
    } finally {
      release();
    }
  }

  /** From now on, until what is returned is called, what was kept around the connection is safe from what runs again. */
  guard(conn: Connection): () => void {
    return this.#changes.surroundingsOf(conn).guard(this.#changes.holders(this.#gate, conn));
  }

  // --- who makes what again ------------------------------------------------------------------------

  /**
   * Middlewares and connection listeners are done: what of the surroundings is not kept they make again, but for what
   * was there before, and what others may have made who are still at work, too.
   */
  noteMade(connection: Connection, made: AtWork): void {
    const around = this.#changes.searchedAround(connection);
    around?.noteMade(made, this.#othersAtWork(connection, made));
  }

  /** The same while only these can have made anything: the engine's, or those that have just been called. */
  noteMadeAlone(connection: Connection, made: AtWork): void {
    this.#changes.searchedAround(connection)?.noteMade(made, []);
  }

  /** They are gone before they were done, and make nothing again. */
  noteGone(connection: Connection, made: AtWork): void {
    this.noteMade(connection, made);
    this.forgetMaker(connection, made.maker);
  }

  #othersAtWork(connection: Connection, { maker }: AtWork): AtWork[] {
    const states = connection._registering === 0 ? [] : this.#changes.statesOf(connection);
    const all = Array.from(states, ({ atWork }) => atWork);
    if (connection._goingOn > 0) all.push(BY_EVENTS);
    return all.filter((other) => other !== undefined && other.maker !== maker) as AtWork[];
  }

  /** It is gone, and makes nothing again. */
  forgetMaker(connection: Connection, maker: object): void {
    if (connection._account === undefined) return;
    this.#changes.surroundingsOf(connection).forgetMaker(maker);
  }

  /** Calls middlewares or connection listeners: until they pause, nobody else makes anything. */
  making(maker: Maker, run: () => void): void {
    const { conn } = maker;
    const isAlone = maker.atWork === undefined || (conn._registering < 2 && conn._goingOn === 0);
    const before = isAlone ? undefined : this.#changes.unkeptAround(conn);
    try {
      run();
    } finally {
      if (!isAlone && !maker.isGone) this.noteMadeAlone(conn, { maker, before });
    }
  }

  /** Runs listeners of the engine again for a connection. `mayLose`: whether what they make could be lost. */
  runAgain(connection: Connection, mayLose: () => boolean, run: () => void): void {
    const release = this.guard(connection);
    const made: AtWork = { maker: connection, before: this.#changes.unkeptAround(connection) };
    try {
      run();
    } finally {
      release();
      if (mayLose()) this.noteMadeAlone(connection, made);
    }
  }

  #tell({ id, nsp }: RemadeSocket, error: unknown): void {
    if (this.#hasTold) return;
    this.#hasTold = true;
    const consequence = "the socket stays, but what the middleware would have set may be missing";
    this.#runtime._report(
      error,
      `${nsp.name}, socket ${id}, middleware after a sleep: ${consequence}`,
    );
  }
}

/** What is sent and ended while this runs did happen before. */
async function silently(gate: ReplayGate, run: () => Promise<void>): Promise<void> {
  const repetition = new Repetition();
  gate.close(repetition);
  try {
    let running!: Promise<void>;
    gate.run(repetition, () => {
      running = run();
    });
    await running;
  } finally {
    gate.open(repetition);
  }
}
