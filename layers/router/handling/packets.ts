/** Packets: middlewares around the controller, the answer, and what becomes of failures. */

import type { Any, AnyTypes, SocketOf } from "../types.ts";
import type { Chain, ChainRun } from "./chain.ts";
import { asError } from "./connections.ts";
import type { Packet, SocketContext } from "./context.ts";
import type { ContextMaker } from "./context-maker.ts";

type AnySocket = SocketOf<AnyTypes>;
type AnyHandler = (this: Any, ctx: Any) => unknown;

/** What packets need of their router. */
export interface PacketHost {
  /** The handler of a client's event. */
  find(event: string): AnyHandler | undefined;
  /** A failure that no middleware has caught, and for which the socket emits `error`, too. */
  report(error: unknown, socket: AnySocket, event: string): void;
  /** One for which it does not: its listeners for `error` have to be told. */
  reportAndTell(error: unknown, socket: AnySocket, event: string): void;
}

/** Lets the socket's own listeners have the event, or, with an error, its listeners for `error`. */
type PassOn = (error?: Error) => void;

export class Packets {
  readonly #chain: Chain | undefined;
  readonly #contexts: ContextMaker;
  readonly #host: PacketHost;

  /** Without a chain, packets go straight to their handlers. */
  constructor(chain: Chain | undefined, contexts: ContextMaker, host: PacketHost) {
    this.#chain = chain;
    this.#contexts = contexts;
    this.#host = host;
  }

  /** For `socket.use`. `event` is the array that the socket's own listeners get. Never rejects. */
  async handle(socket: AnySocket, event: Packet, passOn: PassOn): Promise<void> {
    const name = String(event[0]);
    let isPassedOn = false;
    let isOver = false;
    let answer: (() => void) | undefined;
    const innermost = async (ctx: SocketContext): Promise<void> => {
      takeChanges(ctx, event);
      isPassedOn = true;
      passOn();
      if (isOver) answer = await this.#callLate(ctx, event);
      else answer = await this.#callHandler(ctx, event);
      if (isOver) answer?.();
    };
    try {
      await this.#run(this.#contexts.makeContext(socket, event), name, innermost);
      isOver = true;
      // Not before the session is kept: the client may ask for it with its next request.
      answer?.();
    } catch (error) {
      if (isPassedOn) {
        this.#host.reportAndTell(error, socket, name);
        return;
      }
      this.#host.report(error, socket, name);
      passOn(asError(error));
    }
  }

  async #run(
    ctx: SocketContext,
    name: string,
    innermost: (ctx: SocketContext) => Promise<void>,
  ): Promise<void> {
    const close = await this.#contexts.openSession(ctx);
    const unheard = (error: unknown) => this.#host.reportAndTell(error, ctx.socket, name);
    try {
      if (this.#chain === undefined) await innermost(ctx);
      else await allOf(this.#chain(ctx, () => innermost(ctx), unheard));
    } finally {
      await close();
    }
  }

  /** The middlewares have ended, and the session with them, before one of them called its `next()`. */
  async #callLate(ctx: SocketContext, event: Packet): Promise<(() => void) | undefined> {
    const close = await this.#contexts.openSession(ctx);
    try {
      return await this.#callHandler(ctx, event);
    } finally {
      await close();
    }
  }

  /** Returns what answers the client with the handler's result, if that is to be done. */
  async #callHandler(ctx: SocketContext, event: Packet): Promise<(() => void) | undefined> {
    const handler = this.#host.find(String(event[0]));
    if (handler === undefined) return undefined;
    const answer = watchAnswer(event);
    ctx.args = event.slice(1);
    const result = await handler.call(ctx, ctx);
    if (result === undefined || answer === undefined) return undefined;
    return () => answer(result);
  }
}

/** The outcome of the outermost middleware, when what it does not wait for has settled, too. */
async function allOf({ ended, settled }: ChainRun): Promise<void> {
  try {
    await ended;
  } finally {
    await settled;
  }
}

/**
 * Puts a function in the place of the event's acknowledgement that notes whether it has been called.
 * Returns what answers in the name of a controller, if nobody has.
 */
function watchAnswer(event: Packet): ((result: unknown) => void) | undefined {
  const acknowledge: unknown = event[event.length - 1];
  if (typeof acknowledge !== "function") return undefined;
  let isAnswered = false;
  event[event.length - 1] = (...answer: unknown[]): void => {
    isAnswered = true;
    acknowledge(...answer);
  };
  return (result) => {
    if (!isAnswered) acknowledge(result);
  };
}

/** A middleware may have put another packet in the place of the first. */
function takeChanges({ packet }: SocketContext, event: Packet): void {
  // Clients may send numbers as names.
  if (!Array.isArray(packet) || !/^(string|number)$/.test(typeof packet[0])) {
    throw new TypeError("dormouse: ctx.packet must be an array that begins with the event's name");
  }
  if (packet !== event) event.splice(0, event.length, ...packet);
}
