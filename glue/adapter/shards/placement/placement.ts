/** Where things are in a cluster: which shard a room's home is, and which shard an id comes from. */
import { CHECKED_LENGTH, LENGTH, letter } from "../../../engine/commands/identifiers.ts";
import type { Room } from "../../rooms/identifiers.ts";
import { nameOfRoom } from "../../rooms/room-names.ts";
import { keyedHash } from "./keyed-hash.ts";

/** A shard's number, from 0. */
export type ShardIndex = number;

/** A room; `null`: the namespace as a whole. */
export type RoomOrAll = Room | null;

/** Whom a list of rooms means: an empty one the whole namespace. */
export function meantBy(rooms: readonly Room[]): readonly RoomOrAll[] {
  return rooms.length === 0 ? [null] : rooms;
}

/** So many shards at most: two digits of an id say which. */
export const MAX_SHARDS = 4096;

/** Whether a value can be a shard's number. */
export function isShardIndex(value: unknown): value is ShardIndex {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < MAX_SHARDS;
}

/** The letters of an id, by the six bits that each stands for. */
const ALPHABET = Array.from({ length: 64 }, (_, bits) => letter(bits)).join("");
/** So many characters of an id are random: 90 bits, which nobody guesses. */
const RANDOM_LENGTH = 15;

/** FNV-1a over UTF-16 units, then mixed so that names that differ in their last letter differ everywhere. */
export function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  }
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}

/**
 * Rendezvous hashing: of `count` shards the one that has the largest hash with this key. When there are
 * more, only what moves to new ones moves.
 */
export function rendezvous(key: string, count: number): ShardIndex {
  let best = 0;
  let highest = -1;
  for (let index = 0; index < count; index++) {
    const weight = hash(`${index}\n${key}`);
    if (weight <= highest) continue;
    highest = weight;
    best = index;
  }
  return best;
}

/** The key under which a room's home knows it. */
export function keyOf(namespace: string, room: RoomOrAll): string {
  return room === null ? namespace : `${namespace}\n${nameOfRoom(room)}`;
}

/**
 * The ids of one server, which say which shard made each. Their length and letters are those of any; the last
 * three letters tell them from names that only look like one. Those depend on a key that clients do not know:
 * an application may let them name rooms, and a name must not make an object that nobody needs.
 */
export class ShardIds {
  readonly #key: readonly [number, number];

  /** `secret`: a text that all shards know and clients do not. */
  constructor(secret: string) {
    this.#key = [hash(secret), hash(`2${secret}`)];
  }

  /** The id, marked as this shard's. */
  mark(id: string, index: ShardIndex): string {
    const marked = id.slice(0, RANDOM_LENGTH) + letter(index >> 6) + letter(index);
    return marked + this.#checksum(marked);
  }

  /** Undefined for what no shard has made: with one chance in 262,144 it is a name that looks like it. */
  shardOf(id: unknown): ShardIndex | undefined {
    if (typeof id !== "string" || id.length !== LENGTH) return undefined;
    const marked = id.slice(0, CHECKED_LENGTH);
    if (id.slice(CHECKED_LENGTH) !== this.#checksum(marked)) return undefined;
    const high = ALPHABET.indexOf(id[RANDOM_LENGTH] as string);
    const low = ALPHABET.indexOf(id[RANDOM_LENGTH + 1] as string);
    return high < 0 || low < 0 ? undefined : high * 64 + low;
  }

  /** Which shard a room's home is, where homes are among the first `homes`. A socket's own is where the socket is. */
  homeAmong(homes: number, namespace: string, room: RoomOrAll): ShardIndex {
    return this.shardOf(room) ?? rendezvous(keyOf(namespace, room), homes);
  }

  #checksum(marked: string): string {
    const sum = keyedHash(this.#key, marked);
    return letter(sum >> 12) + letter(sum >> 6) + letter(sum);
  }
}
