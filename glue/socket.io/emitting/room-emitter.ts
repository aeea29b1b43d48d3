/** What a server, a namespace and a socket share: the way from `this` to an operator. */
import type { Room } from "../../adapter/rooms/identifiers.ts";
import type { Any } from "../../common/any.ts";
import {
  type DecorateAcknowledgementsWithMultipleResponses,
  type EventsMap,
  StrictEventEmitter,
} from "../types/typed-events.ts";
import type { BroadcastOperator } from "./broadcast-operator.ts";
import type { RoomOperators } from "./operators.ts";

/** An operator for these events. Many clients get them, so that acknowledgements take many responses. */
export type OperatorOf<EmitEvents extends EventsMap, SocketData> = BroadcastOperator<
  DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
  SocketData
>;

/** An emitter that broadcasts to rooms. */
export abstract class RoomEmitter<
    ListenEvents extends EventsMap,
    EmitEvents extends EventsMap,
    ReservedEvents extends EventsMap,
    Operator extends BroadcastOperator<Any, Any>,
  >
  extends StrictEventEmitter<ListenEvents, EmitEvents, ReservedEvents>
  implements RoomOperators<Operator>
{
  /** @internal Everyone who is meant as long as nothing has been narrowed. */
  abstract _operator(): Operator;

  to(room: Room | Room[]): Operator {
    return this._operator().to(room) as Operator;
  }

  in(room: Room | Room[]): Operator {
    return this._operator().to(room) as Operator;
  }

  except(room: Room | Room[]): Operator {
    return this._operator().except(room) as Operator;
  }

  get local(): Operator {
    return this._operator().local as Operator;
  }
}
