/** A socket of another server, as `fetchSockets` returns it. */
import type { Adapter } from "../../adapter/rooms/adapter.ts";
import type { Handshake, Room, SocketId } from "../types/socket-types.ts";
import type {
  DecorateAcknowledgements,
  EventNames,
  EventParams,
  EventsMap,
  TypedEventBroadcaster,
} from "../types/typed-events.ts";
// biome-ignore lint/suspicious/noImportCycles: each makes the other, and not while it is loaded
import { BroadcastOperator, type OperatorNamespace } from "./broadcast-operator.ts";

/** What another server tells of one of its sockets. */
export interface SocketDetails<SocketData> {
  /** As `socket.id`. */
  id: SocketId;
  /** What was known of the client when it came. */
  handshake: Handshake;
  /** The rooms that it is in. */
  rooms: Room[];
  /** What is in `socket.data`. */
  data: SocketData;
}

/**
 * A socket that may be on another server: what is known of it, and a few things that can be done with it.
 *
 * @example
 * for (const socket of await io.fetchSockets()) {
 *   if (socket.data.isIdle) socket.disconnect(true);
 * }
 */
export class RemoteSocket<EmitEvents extends EventsMap, SocketData>
  implements TypedEventBroadcaster<EmitEvents>
{
  /** As `socket.id` on its server. */
  readonly id: SocketId;
  /** What was known of the client when it came. */
  readonly handshake: Handshake;
  /** The rooms that it was in when it was asked for. */
  readonly rooms: Set<Room>;
  /** What its server had in `socket.data` when it was asked for: a copy. */
  readonly data: SocketData;
  readonly #operator: BroadcastOperator<EmitEvents, SocketData>;

  constructor(adapter: Adapter<OperatorNamespace>, details: SocketDetails<SocketData>) {
    this.id = details.id;
    this.handshake = details.handshake;
    this.rooms = new Set(details.rooms);
    this.data = details.data;
    // One client answers, so an acknowledgement is that of a socket.
    this.#operator = new BroadcastOperator(adapter, new Set([this.id]), new Set(), {
      expectSingleResponse: true,
    });
  }

  /**
   * Sets how long to wait for the client's acknowledgement, in milliseconds.
   *
   * @example
   * socket.timeout(1000).emit("ready?", (error, answer) => {});
   */
  timeout(timeout: number): BroadcastOperator<DecorateAcknowledgements<EmitEvents>, SocketData> {
    return this.#operator.timeout(timeout);
  }

  /**
   * Emits an event to the client.
   *
   * @example
   * socket.emit("hello", "world");
   */
  emit<Ev extends EventNames<EmitEvents>>(ev: Ev, ...args: EventParams<EmitEvents, Ev>): boolean {
    return this.#operator.emit(ev, ...args);
  }

  /**
   * Makes the socket join a room, or several.
   *
   * @example
   * socket.join(["room1", "room2"]);
   */
  join(room: Room | Room[]): void {
    this.#operator.socketsJoin(room);
  }

  /**
   * Makes the socket leave a room.
   *
   * @example
   * socket.leave("room1");
   */
  leave(room: Room): void {
    this.#operator.socketsLeave(room);
  }

  /**
   * Takes the client out of the namespace.
   *
   * @param close whether the connection is closed, too
   * @example
   * socket.disconnect(true);
   */
  disconnect(close = false): this {
    this.#operator.disconnectSockets(close);
    return this;
  }
}
