/** `io.to("room").except("other").volatile.emit(…)`: who is meant and how, then what is done. */

import { AckGathering, promiseAck } from "../../adapter/calls/ack-gathering.ts";
import type { Adapter, BroadcastFlags } from "../../adapter/rooms/adapter.ts";
import type { AdapterNamespace } from "../../adapter/rooms/adapter-namespace.ts";
import { isReservedEvent, reservedName } from "../../common/reserved-events.ts";
import * as PacketType from "../../core/abi/packet-type.gen.ts";
import type { Room, SocketId } from "../types/socket-types.ts";
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
} from "../types/typed-events.ts";
import type { DeliveryOperators, MemberOperators, RoomOperators } from "./operators.ts";
// biome-ignore lint/suspicious/noImportCycles: each makes the other, and not while it is loaded
import { RemoteSocket } from "./remote-socket.ts";

/** A namespace, as operators need it. */
export interface OperatorNamespace extends AdapterNamespace {
  /** Calls code of the application. What it throws is reported. */
  _guard(run: () => void): void;
}

/** The flags of an operator. `expectSingleResponse`: an acknowledgement gets one answer, not a list. */
export type OperatorFlags = BroadcastFlags & { expectSingleResponse?: boolean };

/**
 * Some of the clients of a namespace, and how a packet is sent to them: what `io.to("room")` and its like
 * return. Operators never change: each method that narrows one returns another, so that one can be kept.
 *
 * @example
 * const others = io.to("room1").except("muted");
 * others.emit("news", "for some");
 * others.volatile.emit("position", 1, 2);
 */
export class BroadcastOperator<EmitEvents extends EventsMap, SocketData>
  implements
    TypedEventBroadcaster<EmitEvents>,
    RoomOperators<BroadcastOperator<EmitEvents, SocketData>>,
    DeliveryOperators<
      BroadcastOperator<EmitEvents, SocketData>,
      BroadcastOperator<DecorateAcknowledgements<EmitEvents>, SocketData>
    >,
    MemberOperators<RemoteSocket<EmitEvents, SocketData>>
{
  /** The adapter that carries it out. */
  readonly adapter: Adapter<OperatorNamespace>;
  /** Rooms whose members are meant. Empty: everyone in the namespace. */
  readonly rooms: Set<Room>;
  /** Rooms whose members are left out. */
  readonly exceptRooms: Set<Room>;
  /** How the packet is sent. */
  readonly flags: OperatorFlags;

  constructor(
    adapter: Adapter<OperatorNamespace>,
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

  get local(): BroadcastOperator<EmitEvents, SocketData> {
    return this.#with({ local: true });
  }

  timeout(timeout: number): BroadcastOperator<DecorateAcknowledgements<EmitEvents>, SocketData> {
    return this.#with({ timeout }) as BroadcastOperator<Any, SocketData>;
  }

  /**
   * Emits an event to all who are meant. A function as last argument gets `(err, responses)` once all have
   * answered, or those that came in time; it wants a `timeout()` before.
   *
   * @returns true
   * @throws Error for the name of one of the library's own events; TypeError or RangeError for what cannot
   *   be encoded
   * @example
   * io.to("room1").emit("news", "for one room");
   * io.to("room1").timeout(1000).emit("ready?", (error, answers) => {});
   */
  emit<Ev extends EventNames<EmitEvents>>(ev: Ev, ...args: EventParams<EmitEvents, Ev>): boolean {
    if (isReservedEvent(ev)) throw reservedName(ev);
    const data: unknown[] = [ev, ...args];
    const packet = { type: PacketType.event, data };
    if (typeof data[data.length - 1] === "function") {
      const ack = data.pop() as (...args: unknown[]) => void;
      new AckGathering(this.adapter, packet).start(this.#target(), ({ error, responses }) => {
        const single = error === null ? responses[0] : null;
        const result = this.flags.expectSingleResponse ? single : responses;
        this.adapter.nsp._guard(() => ack.call(this, error, result));
      });
    } else {
      this.adapter.broadcast(packet, this.#target());
    }
    return true;
  }

  /**
   * Emits, and resolves with the responses. When not all have come in time it rejects, with an error that
   * has those that did as `responses`.
   *
   * @example
   * const answers = await io.to("room1").timeout(1000).emitWithAck("ready?");
   */
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
