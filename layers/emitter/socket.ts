/** A socket of the server, as an emitter's `fetchSockets` returns it. */
import type { SocketDetails } from "../../glue/adapter/calls/calls.ts";
import type {
  AllButLast,
  EventNamesWithAck,
  EventNamesWithoutAck,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  Handshake,
  Last,
  Room,
  SocketId,
} from "../../glue/socket.io/index.ts";
import type { Sent } from "./outbox.ts";

/** What events go to: here, a room with one socket. */
interface Recipient<EmitEvents extends EventsMap> {
  emit<Ev extends EventNamesWithoutAck<EmitEvents>>(
    ev: Ev,
    ...args: EventParams<EmitEvents, Ev>
  ): Sent;
  timeout(timeout: number): {
    emitWithAck<Ev extends EventNamesWithAck<EmitEvents>>(
      ev: Ev,
      ...args: AllButLast<EventParams<EmitEvents, Ev>>
    ): Promise<FirstNonErrorArg<Last<EventParams<EmitEvents, Ev>>>[]>;
  };
  socketsJoin(room: Room | Room[]): Sent;
  socketsLeave(room: Room | Room[]): Sent;
  disconnectSockets(close: boolean): Sent;
}

/**
 * What is known of a socket, and a few things that can be done with it.
 *
 * @example
 * for (const socket of await io.fetchSockets()) {
 *   if (socket.data.isIdle) await socket.disconnect(true);
 * }
 */
export class EmittedSocket<EmitEvents extends EventsMap, SocketData> {
  /** As `socket.id` on the server. */
  readonly id: SocketId;
  /** What was known of the client when it came. */
  readonly handshake: Handshake;
  /** The rooms that it was in when it was asked for. */
  readonly rooms: Set<Room>;
  /** What was in `socket.data` when it was asked for: a copy. */
  readonly data: SocketData;
  readonly #recipient: Recipient<EmitEvents>;

  /** @internal */
  constructor(recipient: Recipient<EmitEvents>, details: SocketDetails) {
    this.id = details.id;
    this.handshake = details.handshake as Handshake;
    this.rooms = new Set(details.rooms);
    this.data = details.data as SocketData;
    this.#recipient = recipient;
  }

  /** Emits an event to the client. */
  emit<Ev extends EventNamesWithoutAck<EmitEvents>>(
    ev: Ev,
    ...args: EventParams<EmitEvents, Ev>
  ): Sent {
    return this.#recipient.emit(ev, ...args);
  }

  /**
   * How long to wait for the client's answer, in milliseconds.
   *
   * @example
   * const answer = await socket.timeout(1000).emitWithAck("ready?");
   */
  timeout(timeout: number): Asking<EmitEvents> {
    const recipient = this.#recipient.timeout(timeout);
    return {
      async emitWithAck(ev, ...args) {
        const [answer] = await recipient.emitWithAck(ev, ...args);
        return answer as never;
      },
    };
  }

  /** Makes the socket join a room, or several. */
  join(room: Room | Room[]): Sent {
    return this.#recipient.socketsJoin(room);
  }

  /** Makes the socket leave a room. */
  leave(room: Room): Sent {
    return this.#recipient.socketsLeave(room);
  }

  /** Takes the client out of the namespace. `close`: whether the connection is closed, too. */
  disconnect(close = false): Sent {
    return this.#recipient.disconnectSockets(close);
  }
}

/** One client that is waited for. */
export interface Asking<EmitEvents extends EventsMap> {
  /** Resolves with the client's answer. Rejects if none came in time. */
  emitWithAck<Ev extends EventNamesWithAck<EmitEvents>>(
    ev: Ev,
    ...args: AllButLast<EventParams<EmitEvents, Ev>>
  ): Promise<FirstNonErrorArg<Last<EventParams<EmitEvents, Ev>>>>;
}
