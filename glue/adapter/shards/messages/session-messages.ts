/** What shards say to each other of sessions that move, and its check: they may be broken, or of another version. */

import type { Frame } from "../../../codec/codec.ts";
import { isPlainObject } from "../../../common/values.ts";
import { isMessage, isName, isNamespace, isRooms } from "../../calls/call-checks.ts";
import {
  isPrivateSessionId,
  type PrivateSessionId,
  type Room,
  type SocketId,
} from "../../rooms/identifiers.ts";
import { isShardIndex, type ShardIndex } from "../placement/placement.ts";

export type MovingPart =
  /** To who may have a session: is it there? Answered by a `Found`. */
  | { kind: "findSession"; namespace: string; pid: PrivateSessionId }
  /**
   * To who has it: the sender has announced itself in these rooms, and wants all that a client with this offset has
   * missed. Answered by a `Taken`.
   */
  | TakeSession
  /** To a session's birthplace: it is with the sender now, and has moved so often. */
  | { kind: "sessionMoved"; pid: PrivateSessionId; times: number }
  /** To a session's birthplace: it is over. `sid`: its socket's id, if the sender had it. */
  | SessionEnded;

export interface TakeSession {
  kind: "takeSession";
  namespace: string;
  pid: PrivateSessionId;
  offset: string | undefined;
  rooms: Room[];
}

export interface SessionEnded {
  kind: "sessionEnded";
  namespace: string;
  pid: PrivateSessionId;
  sid: SocketId | undefined;
  times: number;
}

/** Where a session is. */
export type Found =
  | { is: "here"; rooms: Room[] }
  | { is: "moved"; to: ShardIndex; times: number }
  | { is: "unknown" };

export type Taken =
  | { is: "taken"; session: TakenSession }
  /** The session is not as it was when it was found. */
  | { is: "changed" }
  | { is: "unknown" };

export interface TakenSession {
  sid: SocketId;
  rooms: Room[];
  data: unknown;
  /** How often it has moved before. */
  times: number;
  /** What its client missed; undefined if it cannot be said to be all. */
  packets: MovedPacket[] | undefined;
}

/** A packet that a client missed. */
export interface MovedPacket {
  frames: Frame[];
  /** The offset that it ends with. */
  offset: string;
  /** See `KeptPacket`. */
  message: string | undefined;
}

/** So many bytes of missed packets at most: a shard has 128 MB for everything. */
export const MAX_MOVED_BYTES = 8 * 2 ** 20;
const MAX_PACKETS = 10_000;
const MAX_FRAMES = 10_000;
const MAX_OFFSET = 100;
const OVERHEAD = 100;

export function isMovingPart(part: object): part is MovingPart {
  const { kind, namespace, pid, offset, rooms, sid, times } = part as Record<string, unknown>;
  if (typeof pid !== "string" || !isPrivateSessionId(pid)) return false;
  switch (kind) {
    case "findSession":
      return isNamespace(namespace);
    case "takeSession":
      return isNamespace(namespace) && isOptional(isOffset, offset) && isRooms(rooms);
    case "sessionMoved":
      return isCount(times);
    case "sessionEnded":
      return isNamespace(namespace) && isOptional(isName, sid) && isCount(times);
    default:
      return false;
  }
}

/** What a shard answers to `findSession`. */
export function checkFound(value: unknown): Found {
  const { is, rooms, to, times } = fieldsOf(value);
  if (is === "here" && isRooms(rooms)) return { is, rooms: rooms as Room[] };
  if (is === "moved" && isShardIndex(to) && isCount(times)) return { is, to, times };
  return { is: "unknown" };
}

/** What a shard answers to `takeSession`. */
export function checkTaken(value: unknown): Taken {
  const { is, session } = fieldsOf(value);
  if (is === "changed") return { is };
  if (is !== "taken") return { is: "unknown" };
  const { sid, rooms, data, times, packets } = fieldsOf(session);
  if (!isName(sid) || !isRooms(rooms) || !isCount(times)) return { is: "unknown" };
  const whole = isPackets(packets) ? packets : undefined;
  return {
    is,
    session: { sid: sid as string, rooms: rooms as Room[], data, times, packets: whole },
  };
}

function isPackets(packets: unknown): packets is MovedPacket[] {
  if (!Array.isArray(packets) || packets.length > MAX_PACKETS) return false;
  return packets.every(isPacket) && bytesOf(packets) <= MAX_MOVED_BYTES;
}

/** What packets take up, about. */
export function bytesOf(packets: readonly { frames: readonly Frame[] }[]): number {
  let bytes = 0;
  for (const { frames } of packets) {
    bytes += OVERHEAD;
    for (const frame of frames) bytes += frame.length * (typeof frame === "string" ? 2 : 1);
  }
  return bytes;
}

function isPacket(packet: unknown): boolean {
  const { frames, offset, message } = fieldsOf(packet);
  if (!isOffset(offset) || !isOptional(isMessage, message)) return false;
  if (!Array.isArray(frames) || frames.length > MAX_FRAMES) return false;
  return frames.every((frame) => typeof frame === "string" || frame instanceof Uint8Array);
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return isPlainObject(value) ? value : {};
}

function isOptional(check: (value: unknown) => boolean, value: unknown): boolean {
  return value === undefined || check(value);
}

function isOffset(value: unknown): boolean {
  return typeof value === "string" && value.length <= MAX_OFFSET;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
