/**
 * Connection middlewares: what stands before their `next()` runs before a client is admitted to the
 * namespace, what stands behind it when its socket disconnects.
 *
 * Between the two the object may sleep, and a function that waits is lost with it. So when the socket is
 * first needed afterwards, the middlewares run again as part of the replay of the namespace's connection
 * listeners, in which whatever they do to clients, rooms and `socket.data` is dropped because it has
 * happened already. They come to their `next()`, wait there once more, and the replay is over.
 */

import type { Arrival } from "../session/source.ts";
import type { Any, AnyTypes, SocketOf } from "../types.ts";
import type { Chain } from "./chain.ts";
import { type ContextMaker, nothingToClose } from "./context-maker.ts";

type AnySocket = SocketOf<AnyTypes>;

const LATE = "next() came to nothing: the connection middleware had ended";
const NOT_ADMITTED = "not admitted: a connection middleware ended without calling next()";

/** Told of what fails once it is too late to refuse the client. */
export type ReportFailure = (error: unknown, socket: AnySocket, event: string) => void;

export class ConnectionMiddlewares {
  readonly #chain: Chain;
  readonly #contexts: ContextMaker;
  readonly #report: ReportFailure;
  /** Sockets that have passed and are not connected yet: what to forget once they are. */
  readonly #passed = new WeakMap<AnySocket, () => void>();

  constructor(chain: Chain, contexts: ContextMaker, report: ReportFailure) {
    this.#chain = chain;
    this.#contexts = contexts;
    this.#report = report;
  }

  /** For `namespace.use`. `next`: upstream's, an error refuses the client. */
  admit(socket: AnySocket, next: (error?: Error) => void): void {
    // Middlewares that registered listeners run again after a sleep; these do so in `resume`.
    if (socket.restored) {
      next();
      return;
    }
    let isAdmitted = false;
    const pass = (): void => {
      isAdmitted = true;
      next();
    };
    this.#run(socket, "connection", pass).then(
      () => {
        if (!isAdmitted) next(new Error(NOT_ADMITTED));
      },
      (error: unknown) => {
        if (isAdmitted) this.#reportLate(socket, error);
        else next(asError(error));
      },
    );
  }

  /** The socket is connected: from now on its own disconnect is what counts. */
  connected(socket: AnySocket): void {
    this.#passed.get(socket)?.();
    this.#passed.delete(socket);
  }

  /**
   * The socket slept. Resolves when the middlewares stand where they stood; an admission is not undone
   * by what they make of it now.
   */
  resume(socket: AnySocket): Promise<void> {
    return new Promise((resolve) => {
      let isThere = false;
      const pass = (): void => {
        isThere = true;
        resolve();
      };
      this.#run(socket, "replay", pass)
        .then(
          () => {
            if (!isThere) this.#reportLost(socket, new Error(NOT_ADMITTED));
          },
          (error: unknown) => {
            if (isThere) this.#reportLate(socket, error);
            else this.#reportLost(socket, error);
          },
        )
        .finally(resolve);
    });
  }

  async #run(socket: AnySocket, arrival: Arrival, pass: () => void): Promise<void> {
    const ctx = this.#contexts.makeContext(socket);
    // A session is open on either side of `next()`, not while the socket is connected: others change it.
    let closeSession = await this.#contexts.openSession(ctx, arrival);
    const close = (): Promise<void> => {
      const closing = closeSession;
      closeSession = nothingToClose;
      return closing();
    };
    const unheard = (error: unknown) => this.#report(error, socket, "connection");
    let passing: Promise<void> | undefined;
    let isOver = false;
    const innermost = async (): Promise<void> => {
      if (isOver) throw new Error(LATE);
      const gone = this.#whenEnded(socket, arrival);
      passing = close().then(() => {
        if (isOver) throw new Error(LATE);
        pass();
      });
      await passing;
      ctx.args = await gone;
      ctx.reason = ctx.args[0];
      closeSession = await this.#contexts.openSession(ctx);
    };
    const { ended, settled } = this.#chain(ctx, innermost, unheard);
    try {
      await ended;
      // It may not have waited for its `next()`.
      await passing;
    } finally {
      isOver = true;
      if (passing === undefined) await close();
      else settled.then(close).catch((error: unknown) => this.#reportLate(socket, error));
    }
  }

  /** Resolves with the reason of the socket's disconnect and its description. */
  #whenEnded(socket: AnySocket, arrival: Arrival): Promise<[reason: string, ...Any[]]> {
    return new Promise((resolve) => {
      socket.once("disconnect", (...args) => resolve(args));
      if (arrival === "replay") return;
      // A client that is lost before it was connected, or refused by another middleware of the
      // application's, never disconnects: what ends it is the end of its connection.
      const { conn } = socket;
      const lost = (reason: string, description?: unknown) => resolve([reason, description]);
      if (conn.readyState !== "open") lost("transport close");
      conn.once("close", lost);
      this.#passed.set(socket, () => conn.off("close", lost));
    });
  }

  /** Reports what a middleware failed with after it had called `next()`. */
  #reportLate(socket: AnySocket, error: unknown): void {
    this.#report(error, socket, socket.connected ? "connection" : "disconnect");
  }

  #reportLost(socket: AnySocket, cause: unknown): void {
    const problem = "a connection middleware did not get to its next() after a sleep";
    const error = new Error(`${problem}: what stands behind it will not run`, { cause });
    this.#report(error, socket, "connection after a sleep");
  }
}

/** Whatever was thrown: without an error upstream would take the client in. */
export function asError(thrown: unknown): Error {
  if (typeof thrown === "object" && thrown !== null && "message" in thrown) return thrown as Error;
  return new Error(String(thrown));
}
