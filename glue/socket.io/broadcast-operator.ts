/** `io.to("room").except("other").volatile.emit(…)`: who is meant and how, then what is done. */

import type { BroadcastFlags } from "../adapter/adapter.ts";
import { PacketType } from "../core/abi.gen.ts";
import { AckGathering, promiseAck } from "./ack-gathering.ts";
import type { NamespaceAdapter } from "./namespace.ts";
import type { DeliveryOperators, MemberOperators, RoomOperators } from "./operators.ts";
import { RemoteSocket } from "./remote-socket.ts";
import { RESERVED_EVENTS, type Room, type SocketId } from "./socket-types.ts";
import type {
  AllButLast,
  Any,
  DecorateAcknowledgements,
  EventNames,
  EventNamesWithError,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  Last,
  TypedEventBroadcaster,
} from "./typed-events.ts";

/** The flags of an operator. `expectSingleResponse`: an acknowledgement gets one answer, not a list. */
export type OperatorFlags = BroadcastFlags & { expectSingleResponse?: boolean };

/** Operators are immutable: each method that narrows them returns a new one. */
export class BroadcastOperator<EmitEvents extends EventsMap, SocketData>
  implements
    TypedEventBroadcaster<EmitEvents>,
    RoomOperators<BroadcastOperator<EmitEvents, SocketData>>,
    DeliveryOperators<
      BroadcastOperator<EmitEvents, SocketData>,
      BroadcastOperator<DecorateAcknowledgements<EmitEvents>, SocketData>
    >,
    MemberOperators<EmitEvents, SocketData>
{
  readonly adapter: NamespaceAdapter;
  readonly rooms: Set<Room>;
  readonly exceptRooms: Set<Room>;
  readonly flags: OperatorFlags;

  constructor(
    adapter: NamespaceAdapter,
    rooms: Set<Room> = new Set(),
    exceptRooms: Set<Room> = new Set(),
    flags: OperatorFlags = {},
  ) {
    this.adapter = adapter;
    this.rooms = rooms;
    this.exceptRooms = exceptRooms;
    this.flags = flags;
  }

  to(room: Room | Room[]): BroadcastOperator<EmitEvents, SocketData> {
    return new BroadcastOperator(
      this.adapter,
      joined(this.rooms, room),
      this.exceptRooms,
      this.flags,
    );
  }

  in(room: Room | Room[]): BroadcastOperator<EmitEvents, SocketData> {
    return this.to(room);
  }

  except(room: Room | Room[]): BroadcastOperator<EmitEvents, SocketData> {
    return new BroadcastOperator(
      this.adapter,
      this.rooms,
      joined(this.exceptRooms, room),
      this.flags,
    );
  }

  compress(compress: boolean): BroadcastOperator<EmitEvents, SocketData> {
    return this.#with({ compress });
  }

  get volatile(): BroadcastOperator<EmitEvents, SocketData> {
    return this.#with({ volatile: true });
  }

  /** Only clients of this server are meant. */
  get local(): BroadcastOperator<EmitEvents, SocketData> {
    return this.#with({ local: true });
  }

  timeout(timeout: number): BroadcastOperator<DecorateAcknowledgements<EmitEvents>, SocketData> {
    return this.#with({ timeout }) as BroadcastOperator<Any, SocketData>;
  }

  /**
   * Emits to all who are meant. A function as last argument gets `(err, responses)` once all have
   * answered, or those that came in time.
   */
  emit<Ev extends EventNames<EmitEvents>>(ev: Ev, ...args: EventParams<EmitEvents, Ev>): boolean {
    if (RESERVED_EVENTS.has(ev)) throw new Error(`"${String(ev)}" is a reserved event name`);
    const data: unknown[] = [ev, ...args];
    const packet = { type: PacketType.event, data };
    if (typeof data[data.length - 1] === "function") {
      const ack = data.pop() as (...args: unknown[]) => void;
      new AckGathering(this, packet, ack).start();
    } else {
      this.adapter.broadcast(packet, this.#target());
    }
    return true;
  }

  /** Emits, and resolves with the responses. Rejects with an error that has them as `responses`. */
  emitWithAck<Ev extends EventNamesWithError<EmitEvents>>(
    ev: Ev,
    ...args: AllButLast<EventParams<EmitEvents, Ev>>
  ): Promise<FirstNonErrorArg<Last<EventParams<EmitEvents, Ev>>>> {
    return promiseAck((ack) => {
      this.emit(ev, ...([...args, ack] as unknown as EventParams<EmitEvents, Ev>));
    });
  }

  allSockets(): Promise<Set<SocketId>> {
    if (!this.adapter) {
      throw new Error(
        "No adapter for this namespace, are you trying to get the list of clients of a dynamic namespace?",
      );
    }
    return this.adapter.sockets(this.rooms);
  }

  async fetchSockets(): Promise<RemoteSocket<EmitEvents, SocketData>[]> {
    const sockets = await this.adapter.fetchSockets(this.#target());
    return sockets.map((socket) =>
      socket.server ? socket : new RemoteSocket<EmitEvents, SocketData>(this.adapter, socket),
    );
  }

  socketsJoin(room: Room | Room[]): void {
    this.adapter.addSockets(this.#target(), Array.isArray(room) ? room : [room]);
  }

  socketsLeave(room: Room | Room[]): void {
    this.adapter.delSockets(this.#target(), Array.isArray(room) ? room : [room]);
  }

  disconnectSockets(close = false): void {
    this.adapter.disconnectSockets(this.#target(), close);
  }

  #with(flags: OperatorFlags): BroadcastOperator<EmitEvents, SocketData> {
    return new BroadcastOperator(this.adapter, this.rooms, this.exceptRooms, {
      ...this.flags,
      ...flags,
    });
  }

  #target() {
    return { rooms: this.rooms, except: this.exceptRooms, flags: this.flags };
  }
}

/** A new set of rooms with one or several more. */
export function joined(rooms: ReadonlySet<Room>, room: Room | Room[]): Set<Room> {
  const all = new Set(rooms);
  if (Array.isArray(room)) for (const one of room) all.add(one);
  else all.add(room);
  return all;
}
