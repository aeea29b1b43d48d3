/**
 * A row of the ring of packets: consecutive packets, kept as one value of the storage. Many packets are added and
 * few are ever read, so a packet is only three numbers in `entries` and a part of `text`: adding one makes no
 * object for the garbage collector to move or the storage to write.
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
  /** An id that is the same in all journals that keep this packet; undefined where only one can. */
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
  /** Packets with lower numbers were dropped although a client may still need them. */
  lost: number;
  /** Who may have been sent packets that are not written yet; undefined: nobody. */
  open: AtRisk | undefined;
  /** When it was begun, in milliseconds since the epoch. */
  at: number;
  /**
   * Three numbers for each packet: milliseconds since `at`; the index of its target in `targets`, or `NOBODY`; and
   * the UTF-16 units of its part of `text`, or, if negative, `-1 - index` of its frames in `others`.
   */
  entries: number[];
  targets: WrittenTarget[];
  /** The packets that consist of one text frame, one after the other. */
  text: string;
  /** The frames of all other packets. */
  others: (readonly Frame[])[];
  /** The packets' `message` ids by their numbers, where they have one. */
  messages?: Map<number, string>;
}

/** Numbers of a packet in a row. */
const ENTRY = 3;
/** Stands in place of a target's index, for a packet that is not kept. */
const NOBODY = -1;

/** From the packet with this number on, the session is in the room, or is not any more. */
export type MembershipChange = readonly [number: number, room: Room, is: "in" | "out"];

/** Whose packets are looked for. */
export interface Receiver {
  namespace: string;
  /** The rooms that it was in last. */
  rooms: readonly Room[];
  /** The changes that led to `rooms`, the oldest first. */
  changes?: readonly MembershipChange[] | undefined;
}

/** Bytes that V8's serialization needs at most for an entry, and for a frame beside its contents. */
const ENTRY_BYTES = 16;
const FRAME_BYTES = 32;

/** Bytes that a target adds to a row that does not have it yet. */
export function sizeOfTarget({ namespace, rooms, except }: Target): number {
  let size = ENTRY_BYTES + 2 * namespace.length;
  // Rooms may be numbers, which have no length.
  for (const room of rooms) size += 8 + 2 * String(room).length;
  for (const room of except) size += 8 + 2 * String(room).length;
  return size;
}

/** Bytes of a packet, without its target, and without its text if it consists of one text frame. */
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

/** An empty row, whose first packet will have the number `next`. */
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

/** Uses up the number of a packet that is not kept. */
export function skipPacket(row: Row, at: number): void {
  row.entries.push(at - row.at, NOBODY, 0);
  row.next += 1;
}

/** A copy of the row without its packets. */
export function emptied(row: Row): Row {
  return { ...row, entries: [], targets: [], text: "", others: [], messages: new Map() };
}

/** When the last of its packets was sent, in milliseconds since the epoch; -Infinity if there are none. */
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

/**
 * Tells a message from all others, and the parts of one from each other: for rooms of several homes it comes in parts,
 * which have no room in common.
 */
export function messageKey(message: string, [first = ""]: readonly Room[]): string {
  return `${message} ${first}`;
}

export function messageKeysOf({ first, entries, targets, messages = new Map() }: Row): string[] {
  return Array.from(messages, ([number, message]) => {
    const place = entries[(number - first) * ENTRY + 1] as number;
    return messageKey(message, targets[place]?.[1] ?? []);
  });
}

/**
 * The row's packets from this number on that are meant for `receiver`. Many clients may come back at once, so no
 * object is made for the other packets.
 */
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

/** Tells which rooms a session was in at each packet. Prepared once, as there may be many packets and many rooms. */
export class Whereabouts {
  readonly #namespace: string;
  readonly #rooms: ReadonlySet<Room>;
  /** The changes of each room that it joined or left meanwhile, the oldest first. */
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

  /** Whether the packet with this number and target was meant for the session. */
  isMeant([namespace, to, except]: WrittenTarget, number: number): boolean {
    if (namespace !== this.#namespace) return false;
    const isIn = (room: Room): boolean => this.#wasIn(room, number);
    return (to.length === 0 || to.some(isIn)) && !except.some(isIn);
  }

  #wasIn(room: Room, number: number): boolean {
    const changes = this.#changes.get(room);
    if (changes === undefined) return this.#rooms.has(room);
    const last = changes.findLast(([since]) => since <= number);
    // Before its first change it was in the room if that change took it out.
    return last === undefined ? changes[0]?.[2] === "out" : last[2] === "in";
  }
}
