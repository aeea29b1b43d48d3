/**
 * Performs what other shards send. Each call is performed once, even if it arrives twice, and in its sender's order,
 * even if calls arrive by way of several homes.
 */

import { type Answer, type Call, isQuestion, type TargetCall } from "../../calls/calls.ts";
import { answerOf, perform } from "../../calls/perform.ts";
import type { AnnouncedRooms } from "../homes/announced-rooms.ts";
import type { HomeTable } from "../homes/home-table.ts";
import type { LocalRooms } from "../homes/local-rooms.ts";
import type { OtherShards } from "../messages/other-shards.ts";
import { mergeAll, type Outcome, outcomeOf } from "../messages/outcome.ts";
import type { MovingPart } from "../messages/session-messages.ts";
import {
  checkShardMessage,
  type Delivered,
  type Earlier,
  type Passed,
  type ShardPart,
} from "../messages/shard-messages.ts";
import type { ShardServer } from "../messages/shard-place.ts";
import { meantBy, type ShardIndex } from "../placement/placement.ts";
import { ArrivalOrder } from "./arrival-order.ts";
import { DeliveredCalls } from "./delivered-calls.ts";
import type { Sender } from "./sender.ts";

/** The parts of a shard that the receiver needs. */
export interface ReceivingShard {
  readonly index: ShardIndex;
  /** The server. Read only once there is one. */
  readonly server: ShardServer;
  readonly peers: OtherShards;
  readonly table: HomeTable;
  readonly announced: AnnouncedRooms;
  readonly localRooms: LocalRooms;
  readonly sender: Sender;
  /** Handles the parts about sessions that move between shards. */
  handleMoving(from: ShardIndex, part: MovingPart): unknown;
}

export class Receiver {
  readonly #shard: ReceivingShard;
  readonly #delivered = new DeliveredCalls();
  readonly #order = new ArrivalOrder((earlier) => this.#isExpected(earlier));

  constructor(shard: ReceivingShard) {
    this.#shard = shard;
  }

  /** Checks and performs a message of another shard. Throws a TypeError if it is not valid. */
  receive(message: unknown): Promise<Answer[]> {
    const { from, parts } = checkShardMessage(message);
    return Promise.all(parts.map((part) => answerOf(() => this.#handle(from, part))));
  }

  #handle(from: ShardIndex, part: ShardPart): unknown {
    const { table, announced, sender } = this.#shard;
    switch (part.kind) {
      case "relay":
        if (!("rooms" in part.call)) throw new TypeError("dormouse: a call without rooms");
        return this.#relay(passedIn(part), part.call);
      case "deliver":
        return this.#handleDelivery(part);
      case "announce":
        table.add(part.namespace, part.room, from);
        return undefined;
      case "withdraw":
        for (const room of part.rooms) table.remove(part.namespace, room, from, table.now);
        return undefined;
      case "homes":
        return announced.homesForOthers();
      case "fence":
        return part.to === undefined ? this.#order.whenPerformed() : sender.fenceOff(part.to);
      default:
        return this.#shard.handleMoving(from, part);
    }
  }

  /** As the home of rooms: performs a call for the members here, and passes it on to the others. */
  #relay(passed: Passed, call: TargetCall): Promise<Outcome> | undefined {
    const here = this.#performHere(passed, call);
    return mergeAll([here, ...this.#shard.sender.deliverToMembers(passed, call)]);
  }

  async #handleDelivery(passed: Passed): Promise<Delivered> {
    const { call } = passed;
    const empty =
      "rooms" in call ? this.#shard.localRooms.takeEmpty(call.namespace, meantBy(call.rooms)) : [];
    return { empty, value: await this.#perform(passed, call) };
  }

  async #performHere(passed: Passed, call: TargetCall): Promise<Outcome> {
    try {
      return outcomeOf(await this.#perform(passed, call));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return this.#shard.peers.failure(this.#shard.index, why);
    }
  }

  #perform({ origin, earlier = [] }: Passed, call: Call): unknown {
    const { server } = this.#shard;
    // A call that changes nothing may be performed twice, and in any order.
    if (call.kind === "fetchSockets") return perform(server, call, "server");
    const run = () => perform(server, call, "server");
    const delivered = this.#delivered;
    return this.#order.perform(origin, earlier, () =>
      isQuestion(call) ? delivered.ask(origin, run) : delivered.once(origin, run),
    );
  }

  /** Whether a call is on its way here: it was sent to rooms that reach this shard, and has not arrived. */
  #isExpected({ origin, namespace, rooms }: Earlier): boolean {
    if (this.#delivered.isBehind(origin)) return false;
    return meantBy(rooms).some((room) => this.#shard.localRooms.isReached(namespace, room));
  }
}

/** The fields of a part that are passed on. */
function passedIn({ origin, call, earlier }: Passed): Passed {
  return earlier === undefined ? { origin, call } : { origin, call, earlier };
}
