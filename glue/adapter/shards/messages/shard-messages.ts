/** What shards say to each other, and its check. */
import { isPlainObject } from "../../../common/values.ts";
import { checkCalls, isNamespace, isRoom, isRooms, MAX_CALLS } from "../../calls/call-checks.ts";
import { type Call, VERSION } from "../../calls/calls.ts";
import type { Room } from "../../rooms/identifiers.ts";
import { isShardIndex, type RoomOrAll, type ShardIndex } from "../placement/placement.ts";
import { isMovingPart, type MovingPart } from "./session-messages.ts";

/** What identifies a call wherever it comes by, so that it is performed once. */
export interface Origin {
  /** The shard whose application made it, or which an emitter called. */
  shard: ShardIndex;
  /** Tells the start of the shard's object that has numbered it: numbers begin anew with each. Of an emitter's call: its id. */
  life: string;
  /** Whether the call is an emitter's, which has no number. */
  isEmitters?: boolean;
  /** The home it goes by; `DIRECT` for none. Numbers count for each. */
  channel: number;
  number: number;
}

export const DIRECT = -1;

/** So many messages on their way are told of: beyond them, order is likely, and not certain. */
export const MAX_EARLIER = 16;

/** What its origin has sent before by another home or by none, and was not there yet. */
export interface Earlier {
  origin: Origin;
  namespace: string;
  /** Whose members were meant, of those with that home; empty: everyone. */
  rooms: Room[];
}

/** A call on its way. */
export interface Passed {
  origin: Origin;
  call: Call;
  /** What is to be performed before it, by whoever gets both. */
  earlier?: readonly Earlier[];
}

export type ShardPart =
  /** To a home: perform it wherever members are, but not at its origin. */
  | ({ kind: "relay" } & Passed)
  /** To a shard: perform it for the members there. Answered by a `Delivered`. */
  | ({ kind: "deliver" } & Passed)
  /** To a home: the sender has its first member of a room. */
  | { kind: "announce"; namespace: string; room: RoomOrAll }
  /** To a home: the sender has no members of these rooms any more. */
  | { kind: "withdraw"; namespace: string; rooms: RoomOrAll[] }
  /** To shard 0: among how many shards are the homes? Answered by a number. */
  | { kind: "homes" }
  /** Answered when all before it has been performed, here and, if there is `to`, there. */
  | { kind: "fence"; to?: ShardIndex }
  | MovingPart;

export interface ShardMessage {
  version: typeof VERSION;
  /** The shard that sends it. */
  from: ShardIndex;
  parts: ShardPart[];
}

/** What a shard answers that was asked by a home. */
export interface Delivered {
  /** Rooms of the call of which it has no member. */
  empty: RoomOrAll[];
  /** What the call is answered by. */
  value: unknown;
}

const MAX_LIFE = 80;

/** Whether a message is one of a shard's: an emitter's has calls of its own. */
export function isShardMessage(message: unknown): boolean {
  return isPlainObject(message) && Object.hasOwn(message, "from");
}

/** Throws a TypeError that says what is wrong with it. */
export function checkShardMessage(message: unknown): ShardMessage {
  const { version, from, parts } = message as Record<string, unknown>;
  if (version !== VERSION) throw new TypeError(`dormouse: no calls of version ${VERSION}`);
  if (!isShardIndex(from)) throw new TypeError("dormouse: a message of no shard");
  if (!Array.isArray(parts) || parts.length > MAX_CALLS) {
    throw new TypeError(`dormouse: a shard's message has at most ${MAX_CALLS} parts`);
  }
  for (const part of parts) {
    if (!isPart(part)) throw new TypeError("dormouse: a part that no shard sends");
  }
  return message as ShardMessage;
}

function isPart(part: unknown): boolean {
  if (!isPlainObject(part)) return false;
  switch (part.kind) {
    case "relay":
    case "deliver":
      checkCalls([part.call]);
      return isOrigin(part.origin) && (part.earlier === undefined || isEarlierList(part.earlier));
    case "announce":
      return isNamespace(part.namespace) && isAny(part.room);
    case "withdraw":
      return isNamespace(part.namespace) && Array.isArray(part.rooms) && part.rooms.every(isAny);
    case "homes":
      return true;
    case "fence":
      return part.to === undefined || isShardIndex(part.to);
    default:
      return isMovingPart(part);
  }
}

/** A room, or the namespace as a whole. */
function isAny(room: unknown): boolean {
  return room === null || isRoom(room);
}

/** Of messages: those that leave in one turn have most of it in common. */
const checkedEarlier = new WeakSet<object>();

function isEarlierList(list: unknown): boolean {
  return Array.isArray(list) && list.length <= MAX_EARLIER && list.every(isEarlier);
}

function isEarlier(earlier: unknown): boolean {
  if (!isPlainObject(earlier)) return false;
  if (checkedEarlier.has(earlier)) return true;
  const { origin, namespace, rooms } = earlier;
  if (!isOrigin(origin) || !isNamespace(namespace) || !isRooms(rooms)) return false;
  checkedEarlier.add(earlier);
  return true;
}

function isOrigin(origin: unknown): boolean {
  if (!isPlainObject(origin)) return false;
  const { shard, life, isEmitters = false, channel, number } = origin;
  if (!isShardIndex(shard) || typeof isEmitters !== "boolean") return false;
  if (!(isShardIndex(channel) || channel === DIRECT)) return false;
  return typeof life === "string" && life.length <= MAX_LIFE && Number.isSafeInteger(number);
}
