/** What servers and namespaces share: methods that mean all clients of a namespace, or a part of them. */
import { promiseAck } from "../../adapter/calls/ack-gathering.ts";
import type { Room, SocketId } from "../../adapter/rooms/identifiers.ts";
import type { Any } from "../../common/any.ts";
import { isReservedServerEvent, reservedName } from "../../common/reserved-events.ts";
import type {
  AllButLast,
  DecorateAcknowledgements,
  DecorateAcknowledgementsWithMultipleResponses,
  DecorateAcknowledgementsWithTimeoutAndMultipleResponses,
  EventNames,
  EventNamesWithAck,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  Last,
  RemoveAcknowledgements,
} from "../types/typed-events.ts";
import type { BroadcastOperator } from "./broadcast-operator.ts";
import type { DeliveryOperators, MemberOperators } from "./operators.ts";
import type { RemoteSocket } from "./remote-socket.ts";
import { type OperatorOf, RoomEmitter } from "./room-emitter.ts";

/** An operator that waits for answers for a limited time. */
type TimedOperatorOf<EmitEvents extends EventsMap, SocketData> = BroadcastOperator<
  DecorateAcknowledgements<DecorateAcknowledgementsWithMultipleResponses<EmitEvents>>,
  SocketData
>;

/** An emitter whose events go to the clients of a namespace, and to the other servers of a cluster. */
export abstract class BroadcastEmitter<
    EmitEvents extends EventsMap,
    ServerSideEvents extends EventsMap,
    ReservedEvents extends EventsMap,
    SocketData,
  >
  extends RoomEmitter<
    ServerSideEvents,
    RemoveAcknowledgements<EmitEvents>,
    ReservedEvents,
    OperatorOf<EmitEvents, SocketData>
  >
  implements
    DeliveryOperators<OperatorOf<EmitEvents, SocketData>, TimedOperatorOf<EmitEvents, SocketData>>,
    MemberOperators<RemoteSocket<EmitEvents, SocketData>>
{
  /** @internal The operator that means everyone. */
  abstract get _everyone(): BroadcastOperator<Any, SocketData>;

  /** @internal */
  override _operator(): OperatorOf<EmitEvents, SocketData> {
    return this._everyone;
  }

  compress(compress: boolean): OperatorOf<EmitEvents, SocketData> {
    return this._everyone.compress(compress);
  }

  get volatile(): OperatorOf<EmitEvents, SocketData> {
    return this._everyone.volatile;
  }

  timeout(timeout: number): TimedOperatorOf<EmitEvents, SocketData> {
    return this._everyone.timeout(timeout);
  }

  /**
   * Emits `message` to all clients.
   *
   * @example
   * io.send("hello"); // io.emit("message", "hello")
   */
  send(...args: EventParams<EmitEvents, "message">): this {
    this._everyone.emit("message", ...args);
    return this;
  }

  /** The same as `send`. */
  write(...args: EventParams<EmitEvents, "message">): this {
    return this.send(...args);
  }

  fetchSockets(): Promise<RemoteSocket<EmitEvents, SocketData>[]> {
    return this._everyone.fetchSockets();
  }

  allSockets(): Promise<Set<SocketId>> {
    return this._everyone.allSockets();
  }

  socketsJoin(room: Room | Room[]): void {
    this._everyone.socketsJoin(room);
  }

  socketsLeave(room: Room | Room[]): void {
    this._everyone.socketsLeave(room);
  }

  disconnectSockets(close = false): void {
    this._everyone.disconnectSockets(close);
  }

  /**
   * Emits to the other servers, where the adapter knows any: to the listeners that they have on `io`, or
   * on their namespace of this name. A function as last argument gets `(err, responses)`.
   *
   * @example
   * io.serverSideEmit("reload", "settings");
   * io.on("reload", (what) => {}); // on the others
   */
  serverSideEmit<Ev extends EventNames<ServerSideEvents>>(
    ev: Ev,
    ...args: EventParams<
      DecorateAcknowledgementsWithTimeoutAndMultipleResponses<ServerSideEvents>,
      Ev
    >
  ): boolean {
    if (isReservedServerEvent(ev)) throw reservedName(ev);
    this._everyone.adapter.serverSideEmit([ev, ...args]);
    return true;
  }

  /**
   * Emits to the other servers, and resolves with their responses. Rejects when not all have answered in
   * time; the error has those that came as `responses`.
   *
   * @example
   * const counts = await io.serverSideEmitWithAck("how many?");
   */
  serverSideEmitWithAck<Ev extends EventNamesWithAck<ServerSideEvents>>(
    ev: Ev,
    ...args: AllButLast<EventParams<ServerSideEvents, Ev>>
  ): Promise<FirstNonErrorArg<Last<EventParams<ServerSideEvents, Ev>>>[]> {
    return promiseAck((ack) => {
      const argsWithAck: Any = [...args, ack];
      this.serverSideEmit(ev, ...argsWithAck);
    });
  }
}
