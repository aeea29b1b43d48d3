/**
 * A row of the ring of packets: what was sent in a while, as one value of the storage. Much is sent while little
 * of it is ever asked for, so a packet is three numbers and its text at the end of a long one: nothing that has to
 * be made, moved by the garbage collector or written one by one.
 */
import type { Frame } from "../../codec/codec.ts";
import type { Room } from "../rooms/identifiers.ts";
import type { AtRisk } from "./at-risk.ts";
import type { Target } from "./packet-targets.ts";

/** A packet as it was sent. */
export interface KeptPacket {
  /** Its number in the journal. */
  number: number;
  /** Milliseconds since the epoch. */
  at: number;
  namespace: string;
  /** Whose members are meant; empty: everyone. */
  rooms: readonly Room[];
  except: readonly Room[];
  frames: readonly Frame[];
  /** What tells it from all others wherever it is kept, where the same may be in several journals. */
  message: string | undefined;
}

/** Whom packets of a row are meant for. */
type WrittenTarget = [namespace: string, rooms: readonly Room[], except: readonly Room[]];

export interface Row {
  epoch: string;
  /** How many rows were begun before it. */
  index: number;
  /** The number of its first packet. */
  first: number;
  /** The number of the packet that follows. */
  next: number;
  /** The highest number that may be given out before it is written again. */
  reserved: number;
  /** Packets with lower numbers may be missing though somebody may need them. */
  lost: number;
  /** Who may have been sent more that is not written; undefined: nobody. */
  open: AtRisk | undefined;
  /** When it was begun, in milliseconds since the epoch. */
  at: number;
  /** Of each packet in turn: milliseconds since `at`, the place of its target, the units of its text (see `Entry`). */
  entries: number[];
  targets: WrittenTarget[];
  /** The packets that are one text, one after the other. */
  text: string;
  /** The frames of all others. */
  others: (readonly Frame[])[];
  /** What tells packets from all others, by their numbers, where that is known. */
  messages?: Map<number, string>;
}

/** Numbers of a packet in a row. */
const ENTRY = 3;
/** The place of the target of one that is not kept. */
const NOBODY = -1;

/** From the packet with this number on, who is meant is in a room, or not any more. */
export type MembershipChange = readonly [number: number, room: Room, is: "in" | "out"];

/** Whose packets are looked for. */
export interface Receiver {
  namespace: string;
  /** Where it was last. */
  rooms: readonly Room[];
  /** How it came to be there, the oldest first. */
  changes?: readonly MembershipChange[] | undefined;
}

/** What it takes up, as V8 serializes it, or a little more. */
const ENTRY_BYTES = 16;
const FRAME_BYTES = 32;

/** Bytes of a target that the row has not yet. */
export function sizeOfTarget({ namespace, rooms, except }: Target): number {
  let size = ENTRY_BYTES + 2 * namespace.length;
  for (const room of rooms) size += 8 + 2 * room.length;
  for (const room of except) size += 8 + 2 * room.length;
  return size;
}

/** Bytes of a packet without its target and its text, if it is one. */
export function sizeOfRest(frames: readonly Frame[], message?: string): number {
  let size = ENTRY_BYTES + (message === undefined ? 0 : ENTRY_BYTES + message.length);
  if (isText(frames)) return size;
  size += FRAME_BYTES;
  for (const frame of frames) {
    size += FRAME_BYTES + (typeof frame === "string" ? 2 * frame.length : frame.byteLength);
  }
  return size;
}

export function isText(frames: readonly Frame[]): frames is [string] {
  return frames.length === 1 && typeof frames[0] === "string";
}

/** A row without packets, after all that came before `next`. */
export function beginRow(
  head: Pick<Row, "epoch" | "index" | "next" | "lost" | "open" | "at">,
): Row {
  const { next: first } = head;
  return { ...head, first, reserved: 0, entries: [], targets: [], text: "", others: [] };
}

/** Adds the row's next packet. */
export function addPacket(
  row: Row,
  target: Target,
  frames: readonly Frame[],
  at: number,
  message?: string,
): void {
  if (target.row !== row.index) {
    target.row = row.index;
    target.place = row.targets.length;
    row.targets.push([target.namespace, target.rooms, target.except]);
  }
  let units: number;
  if (isText(frames)) {
    row.text += frames[0];
    units = frames[0].length;
  } else units = -row.others.push(frames);
  if (message !== undefined) {
    row.messages ??= new Map();
    row.messages.set(row.next, message);
  }
  row.entries.push(at - row.at, target.place, units);
  row.next += 1;
}

/** Adds one that is not kept: its number only. */
export function skipPacket(row: Row, at: number): void {
  row.entries.push(at - row.at, NOBODY, 0);
  row.next += 1;
}

/** Without its packets. */
export function emptied(row: Row): Row {
  return { ...row, entries: [], targets: [], text: "", others: [], messages: new Map() };
}

/** When the last of its packets was sent; without any, long ago. */
export function lastAt({ at, entries }: Row): number {
  return entries.length === 0
    ? Number.NEGATIVE_INFINITY
    : at + (entries[entries.length - ENTRY] as number);
}

/** How many of its packets have this number or a higher one. */
export function countFrom({ first, entries }: Row, number: number): number {
  const count = entries.length / ENTRY;
  return Math.min(count, Math.max(0, first + count - number));
}

/** Its packets from this number on that are meant for somebody. Many may come back at once: nothing is made of others. */
export function packetsFor(row: Row, receiver: Whereabouts, from: number): KeptPacket[] {
  const found: KeptPacket[] = [];
  let start = 0;
  for (let at = 0, number = row.first; at < row.entries.length; at += ENTRY, number += 1) {
    const [passed, place, units] = row.entries.slice(at, at + ENTRY) as [number, number, number];
    const end = start + Math.max(0, units);
    const target = row.targets[place];
    if (number >= from && target !== undefined && receiver.isMeant(target, number)) {
      const [namespace, rooms, except] = target;
      const frames = units < 0 ? row.others[-units - 1] : [row.text.slice(start, end)];
      const [at, message] = [row.at + passed, row.messages?.get(number)];
      found.push({ number, at, namespace, rooms, except, frames: frames ?? [], message });
    }
    start = end;
  }
  return found;
}

/** Where somebody was when. It is asked for many packets of somebody who may be in many rooms. */
export class Whereabouts {
  readonly #namespace: string;
  readonly #rooms: ReadonlySet<Room>;
  /** Of the rooms in which it has not been all the time: their changes, the oldest first. */
  readonly #changes = new Map<Room, MembershipChange[]>();

  constructor({ namespace, rooms, changes = [] }: Receiver) {
    this.#namespace = namespace;
    this.#rooms = new Set(rooms);
    for (const change of changes) {
      const [, room] = change;
      const others = this.#changes.get(room);
      if (others === undefined) this.#changes.set(room, [change]);
      else others.push(change);
    }
  }

  /** Whether the packet with this number was meant for it, by its target. */
  isMeant([namespace, to, except]: WrittenTarget, number: number): boolean {
    if (namespace !== this.#namespace) return false;
    const isIn = (room: Room): boolean => this.#wasIn(room, number);
    return (to.length === 0 || to.some(isIn)) && !except.some(isIn);
  }

  #wasIn(room: Room, number: number): boolean {
    const changes = this.#changes.get(room);
    if (changes === undefined) return this.#rooms.has(room);
    const last = changes.findLast(([since]) => since <= number);
    // Before the first one it was where that one took it from.
    return last === undefined ? changes[0]?.[2] === "out" : last[2] === "in";
  }
}
