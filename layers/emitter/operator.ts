/** Operators of emitters, which choose clients and then act: `emitter.to("room").except("other").volatile.emit(…)`. */
import {
  type Acknowledgements,
  type BroadcastCall,
  type FetchedSockets,
  isReservedEvent,
  notAllAsked,
  reservedName,
  type Target,
} from "../../glue/adapter/calls/calls.ts";
import { portable } from "../../glue/adapter/calls/portable.ts";
import { describe } from "../../glue/common/option-checks.ts";
import type {
  AllButLast,
  EventNamesWithAck,
  EventNamesWithoutAck,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  Last,
  Room,
} from "../../glue/socket.io/index.ts";
import type { Outbox, Sent } from "./outbox.ts";
import { EmittedSocket } from "./socket.ts";

/** What the server takes, at most. */
const MAX_NAME = 10_000;
const MAX_TIMEOUT = 2 ** 31 - 1;

/** How an operator is narrowed. */
export interface Narrowing extends Target {
  /** How what is emitted is sent. */
  flags: BroadcastCall["flags"];
  /** In milliseconds. */
  timeout?: number;
}

/**
 * Some of the clients of a namespace, from outside of the server. Operators never change: each method that narrows
 * one returns another. Whatever they are told to do leaves at the end of the turn, together and in order.
 *
 * @example
 * const others = emitter(env.CHAT).to("room1").except("muted");
 * await others.emit("news", "for some");
 */
export class EmitterOperator<EmitEvents extends EventsMap, SocketData> {
  /** Where what it is told to do waits for the end of the turn. */
  protected readonly outbox: Outbox;
  /** Who is meant, and how. */
  protected readonly narrowing: Narrowing;

  /** @internal */
  constructor(outbox: Outbox, narrowing: Narrowing) {
    this.outbox = outbox;
    this.narrowing = narrowing;
  }

  /**
   * Members of a room, or of any of several.
   *
   * @example
   * await io.to("room1").to(["room2", "room3"]).emit("news", "hi");
   */
  to(room: Room | Room[]): EmitterOperator<EmitEvents, SocketData> {
    return this.#with({ rooms: [...this.narrowing.rooms, ...listOf(room)] });
  }

  /** The same as `to`. */
  in(room: Room | Room[]): EmitterOperator<EmitEvents, SocketData> {
    return this.to(room);
  }

  /**
   * But not the members of a room, or of any of several.
   *
   * @example
   * await io.except("muted").emit("news", "hi");
   */
  except(room: Room | Room[]): EmitterOperator<EmitEvents, SocketData> {
    return this.#with({ except: [...this.narrowing.except, ...listOf(room)] });
  }

  /** Whether packets may be compressed on their way to clients. */
  compress(compress: boolean): EmitterOperator<EmitEvents, SocketData> {
    return this.#with({ flags: { ...this.narrowing.flags, compress } });
  }

  /** Clients that are not ready for the packet at once do not get it. */
  get volatile(): EmitterOperator<EmitEvents, SocketData> {
    return this.#with({ flags: { ...this.narrowing.flags, volatile: true } });
  }

  /**
   * How long `emitWithAck` waits for answers, in milliseconds.
   *
   * @throws TypeError for what is no such time
   */
  timeout(timeout: number): EmitterOperator<EmitEvents, SocketData> {
    if (!(timeout >= 0 && timeout <= MAX_TIMEOUT)) {
      throw new TypeError(
        `dormouse: timeout() takes milliseconds, at most ${MAX_TIMEOUT}, got ${describe(timeout)}`,
      );
    }
    return this.#with({ timeout });
  }

  /**
   * Emits an event to all who are meant. The promise need not be awaited (see `Sent`).
   *
   * @throws Error for the name of one of the library's own events, and for a function as last argument; TypeError for
   * what is no name
   * @example
   * await io.to("room1").emit("news", "for one room");
   */
  emit<Ev extends EventNamesWithoutAck<EmitEvents>>(
    ev: Ev,
    ...args: EventParams<EmitEvents, Ev>
  ): Sent {
    const { flags } = this.narrowing;
    return this.outbox.tell({
      kind: "broadcast",
      ...this.#target(),
      flags,
      data: eventOf(ev, args, isReservedEvent, "emitWithAck"),
    });
  }

  /**
   * Emits an event, and resolves with the clients' answers. Rejects when not all have come in time: the error has
   * those that have as `responses`.
   *
   * @throws Error as `emit`; without a `timeout()` before
   * @example
   * const answers = await io.to("room1").timeout(1000).emitWithAck("ready?");
   */
  async emitWithAck<Ev extends EventNamesWithAck<EmitEvents>>(
    ev: Ev,
    ...args: AllButLast<EventParams<EmitEvents, Ev>>
  ): Promise<FirstNonErrorArg<Last<EventParams<EmitEvents, Ev>>>[]> {
    const { flags, timeout } = this.narrowing;
    if (timeout === undefined) throw new Error("emitWithAck needs a timeout(…) before it");
    const answer = (await this.outbox.ask({
      kind: "broadcastWithAck",
      ...this.#target(),
      flags,
      timeout,
      data: eventOf(ev, args, isReservedEvent, "emitWithAck"),
    })) as Acknowledgements;
    const { clients, responses, failures } = answer;
    if (failures.length > 0) throw Object.assign(notAllAsked(failures), { responses });
    if (responses.length === clients) return responses as never;
    throw Object.assign(new Error("operation has timed out"), { responses });
  }

  /**
   * The sockets that are meant, with a copy of their data. Rejects if some servers could not be asked: the error has
   * the others' as `sockets`.
   *
   * @example
   * for (const socket of await io.in("room1").fetchSockets()) console.log(socket.data);
   */
  async fetchSockets(): Promise<EmittedSocket<EmitEvents, SocketData>[]> {
    const answer = await this.outbox.ask({ kind: "fetchSockets", ...this.#target() });
    const { sockets: details, failures } = answer as FetchedSockets;
    const { namespace } = this.narrowing;
    const sockets = details.map((each) => {
      const own = { namespace, rooms: [each.id], except: [], flags: {} };
      const operator = new EmitterOperator<EmitEvents, SocketData>(this.outbox, own);
      return new EmittedSocket<EmitEvents, SocketData>(operator, each);
    });
    if (failures.length > 0) throw Object.assign(notAllAsked(failures), { sockets });
    return sockets;
  }

  /**
   * Makes the sockets join a room, or several.
   *
   * @example
   * await io.in("room1").socketsJoin("room2");
   */
  socketsJoin(room: Room | Room[]): Sent {
    return this.outbox.tell({ kind: "socketsJoin", ...this.#target(), change: listOf(room) });
  }

  /**
   * Makes the sockets leave a room, or several.
   *
   * @example
   * await io.in("room1").socketsLeave("room1");
   */
  socketsLeave(room: Room | Room[]): Sent {
    return this.outbox.tell({ kind: "socketsLeave", ...this.#target(), change: listOf(room) });
  }

  /**
   * Takes the sockets out of the namespace.
   *
   * @param close whether their connections are closed, too
   * @example
   * await io.in("room1").disconnectSockets(true);
   */
  disconnectSockets(close = false): Sent {
    return this.outbox.tell({ kind: "disconnectSockets", ...this.#target(), close });
  }

  #with(more: Partial<Narrowing>): EmitterOperator<EmitEvents, SocketData> {
    return new EmitterOperator(this.outbox, { ...this.narrowing, ...more });
  }

  #target(): Target {
    const { namespace, rooms, except } = this.narrowing;
    return { namespace, rooms, except };
  }
}

/**
 * An event as calls have it: a copy that can travel. `isReserved` tells the names that may not be emitted; `instead`:
 * what takes acknowledgements.
 */
export function eventOf(
  ev: unknown,
  args: readonly unknown[],
  isReserved: (name: unknown) => boolean,
  instead: string,
): unknown[] {
  if (isReserved(ev)) throw reservedName(ev);
  if (typeof ev !== "string" && typeof ev !== "number") {
    throw new TypeError(`dormouse: an event's name is a string, got ${describe(ev)}`);
  }
  if (typeof args.at(-1) === "function") {
    throw new Error(`Acknowledgements are not supported here: ${instead} has them`);
  }
  return [ev, ...args.map(portable)];
}

/** Throws a TypeError for what is no room: the server would refuse whatever is sent together with it. */
function listOf(room: Room | Room[]): Room[] {
  const rooms = Array.isArray(room) ? [...room] : [room];
  for (const each of rooms as unknown[]) {
    if (typeof each === "string" && each.length <= MAX_NAME) continue;
    if (typeof each === "number" || typeof each === "boolean") continue;
    const what = typeof each === "string" ? `one of ${each.length}` : describe(each);
    throw new TypeError(
      `dormouse: a room is a string of at most ${MAX_NAME} characters or a number, got ${what}`,
    );
  }
  return rooms;
}
