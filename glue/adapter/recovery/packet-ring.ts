/**
 * The packets of the journal: in rows of the storage that are used again in a ring, so that dropping what is
 * old writes nothing. A row is written again as it grows, and the next one begun when it is full, and after each
 * start of the object.
 *
 * Numbers are given out once. What is written reserves some more for packets that are not written yet; an object
 * that starts goes on above all of them. So a row that does not reach up to the next one is where an object
 * ended: what lies between may have been given out, and is not known.
 *
 * Where the last row is, is found by a binary search: each says which one it is, counted from the first.
 */
import type { Frame } from "../../codec/codec.ts";
import type { BatchedStorage } from "../../engine/batched-storage.ts";
import type { Room } from "../identifiers.ts";
import { MAX_REACH_BYTES, type Reach } from "./reach.ts";

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
}

/**
 * A packet in a row: without names, which would be written with each of them, and without lists of one. Writing
 * it takes a quarter of the time.
 */
type WrittenPacket = [
  number: number,
  at: number,
  namespace: string,
  rooms: OneOrMore<Room>,
  except: OneOrMore<Room>,
  frames: OneOrMore<Frame>,
];

type OneOrMore<T> = T | readonly T[];

interface Row {
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
  open: Reach | undefined;
  packets: WrittenPacket[];
}

/** Of all rows that were written since the object woke. An object has 128 MB for everything. */
const MAX_BYTES = 24 * 2 ** 20;
const MAX_PACKETS = 10_000;
/** Where rows may be large: a full one has so many bytes. */
const ROW_BYTES = 64 * 2 ** 10;
const ROWS = 512;
/** Where all of them are read with every wake. */
const SMALL_ROWS = 64;
/** What a packet and a row take up beside what is in them. */
const OVERHEAD = 120;
/** So many numbers may be given out between two writes. A batch has less, as a rule. */
const RESERVE = 1_024;

/** Of the session that packets are looked for. */
export interface Missing {
  namespace: string;
  rooms: readonly Room[];
  /** Whether nobody knows since when it is lost: it may need what is very old. */
  mustReach: boolean;
  /** Whether it may have missed something of what these were sent. */
  isConcerned(reach: Reach | undefined): boolean;
}

/** How a ring keeps its packets. */
export interface RingSettings {
  epoch: string;
  /** After so many milliseconds nobody can need a packet any more. */
  retention: number;
  maxValueBytes: number;
  /** Whether each packet is written before the next gets its number. */
  isStrict: boolean;
}

export class PacketRing {
  readonly #batch: BatchedStorage;
  readonly #epoch: string;
  readonly #retention: number;
  readonly #reserve: number;
  readonly #isSmall: boolean;
  readonly #rowBytes: number;
  /** What a row may have whose packets are written together. */
  readonly #maxRowBytes: number;
  readonly #maxBytes: number;
  readonly #rows: number;
  /** The row that grows, or the last one of an earlier start; undefined as long as there is none. */
  #row: Row | undefined;
  /** Whether it was begun since the object started. */
  #isOurs = false;
  #bytes = 0;
  /** Whether all of it is in the storage. */
  #isWritten = true;
  /** The highest number that the storage reserves. */
  #reserved = 0;
  /** Indices and bytes of the rows that are in memory because they were written, the oldest first. */
  readonly #written: { index: number; bytes: number }[] = [];
  #writtenBytes = 0;
  /** Of the last row that was taken out of memory, too old for anybody. */
  #forgotten = -1;

  constructor(batch: BatchedStorage, settings: RingSettings) {
    const { epoch, retention, maxValueBytes, isStrict } = settings;
    this.#batch = batch;
    this.#epoch = epoch;
    this.#retention = retention;
    this.#reserve = isStrict ? 0 : RESERVE;
    this.#isSmall = maxValueBytes < 4 * ROW_BYTES;
    this.#rows = this.#isSmall ? SMALL_ROWS : ROWS;
    this.#rowBytes = this.#isSmall ? maxValueBytes / 2 : ROW_BYTES;
    this.#maxRowBytes = this.#isSmall ? this.#rowBytes : 2 * ROW_BYTES;
    this.#maxBytes = maxValueBytes - 2 * OVERHEAD - MAX_REACH_BYTES;
    this.#row = this.#findLast();
  }

  /** The number of the next packet. The first one's is 1. */
  get next(): number {
    const row = this.#row;
    if (row === undefined) return 1;
    if (this.#isOurs || row.reserved < row.next) return row.next;
    // The number before stands for all that was, and no packet has it.
    return row.reserved + 2;
  }

  /** Whether there is any row. */
  get isEmpty(): boolean {
    return this.#row === undefined;
  }

  /** Who may have been sent more than is written, since the object started. */
  get open(): Reach | undefined {
    return this.#isOurs ? this.#row?.open : undefined;
  }

  /** To be written; what was added since is, too. */
  setOpen(reach: Reach | undefined, now: number): void {
    const row = this.#current(now);
    row.open = reach;
    this.#put(row);
  }

  /** Who may have missed something when the object ended last. Until a packet is added. */
  get missed(): Reach | undefined {
    return this.#isOurs ? undefined : this.#row?.open;
  }

  /** Whether the last number may be given out before anything is written. */
  get isReserved(): boolean {
    return this.next - 1 <= this.#reserved;
  }

  /** Takes the next packet up. It is put into the storage's next batch. Returns its bytes. */
  add(packet: KeptPacket): number {
    const size = sizeOfPacket(packet);
    let row = this.#current(packet.at);
    // What is written together is in one row, if it can be.
    const limit = this.#isWritten ? this.#rowBytes : this.#maxRowBytes;
    if (row.packets.length > 0 && this.#bytes + size > limit) {
      row = this.#begin(row, packet.at);
    }
    row.next = packet.number + 1;
    if (size > this.#maxBytes) row.lost = row.next;
    else {
      row.packets.push(asWritten(packet));
      this.#bytes += size;
      this.#writtenBytes += size;
      const written = this.#written.at(-1);
      if (written?.index === row.index) written.bytes += size;
      else this.#written.push({ index: row.index, bytes: size });
      this.#makeRoom(row);
    }
    this.#put(row);
    return size;
  }

  /** All that was put is in the storage. */
  noteWritten(): void {
    this.#isWritten = true;
    if (this.#isOurs && this.#row !== undefined) this.#reserved = this.#row.reserved;
  }

  /** What was put under this key is not in the storage after all. Whoever misses something of it begins anew. */
  lose(key: string, now: number): void {
    this.#batch.drop(key);
    const before = this.#row;
    if (before === undefined) return;
    const isLast = this.#keyOf(before.index) === key;
    const row = isLast ? this.#begin(before, now) : this.#current(now);
    row.lost = row.next;
    this.#put(row);
  }

  /** Those from this number on that are meant for a session; undefined if not all are there any more. */
  since(number: number, session: Missing): KeptPacket[] | undefined {
    const { mustReach, isConcerned } = session;
    const last = this.#row;
    if (last === undefined) return [];
    if (number < last.lost) return undefined;
    const found: WrittenPacket[][] = [];
    let count = 0;
    let first = this.next;
    for (let { index } = last; first > number; index -= 1) {
      const row = this.#read(index);
      if (row === undefined) {
        // What nobody can need any more is not there. Who was lost unnoticed may need it.
        const isOld = index <= this.#forgotten || index <= last.index - this.#rows;
        if (mustReach || !isOld) return undefined;
        break;
      }
      // Where the object ended, with something that nobody knows.
      if (row.next < first && (number > row.next || isConcerned(row.open))) return undefined;
      const meant: WrittenPacket[] = [];
      for (const packet of row.packets) {
        if (packet[0] < number) continue;
        count += 1;
        if (isMeant(session, packet)) meant.push(packet);
      }
      if (count > MAX_PACKETS) return undefined;
      found.push(meant);
      first = row.first;
    }
    return found.reverse().flat().map(toPacket);
  }

  /** The row that grows. */
  #current(now: number): Row {
    if (this.#isOurs && this.#row !== undefined) return this.#row;
    return this.#begin(this.#row, now);
  }

  /** A row after another one, or the first. */
  #begin(before: Row | undefined, now: number): Row {
    const index = (before?.index ?? -1) + 1;
    let lost = before?.lost ?? 1;
    const replaced = this.#read(index - this.#rows);
    const [number, at] = replaced?.packets.at(-1) ?? [0, Number.NEGATIVE_INFINITY];
    if (at >= now - this.#retention) lost = Math.max(lost, number + 1);
    const { next, open } = this;
    const row = {
      epoch: this.#epoch,
      index,
      first: next,
      next,
      reserved: 0,
      lost,
      open,
      packets: [],
    };
    this.#bytes = 0;
    this.#row = row;
    this.#isOurs = true;
    return row;
  }

  /** Memory for what is new. What may still be needed is noted as lost. */
  #makeRoom(row: Row): void {
    while (this.#written.length > 1) {
      const oldest = this.#written[0] as { index: number; bytes: number };
      const old = this.#read(oldest.index);
      const last = old?.packets.at(-1);
      const now = row.packets.at(-1)?.[1] ?? 0;
      const isOld = last === undefined || last[1] < now - this.#retention;
      if (!isOld && this.#writtenBytes <= MAX_BYTES) return;
      this.#written.shift();
      this.#writtenBytes -= oldest.bytes;
      if (isOld) {
        this.#batch.drop(this.#keyOf(oldest.index));
        this.#forgotten = oldest.index;
        continue;
      }
      row.lost = Math.max(row.lost, last[0] + 1);
      // On the disk it would take up as much.
      if (old !== undefined) this.#batch.put(this.#keyOf(old.index), { ...old, packets: [] });
    }
  }

  #put(row: Row): void {
    row.reserved = row.next - 1 + this.#reserve;
    this.#isWritten = false;
    this.#batch.put(this.#keyOf(row.index), row);
  }

  #keyOf(index: number): string {
    return `p${index % this.#rows}`;
  }

  #read(index: number): Row | undefined {
    if (index < 0) return undefined;
    const row = this.#at(index % this.#rows);
    return row?.index === index ? row : undefined;
  }

  #at(slot: number): Row | undefined {
    const row = this.#batch.get(`p${slot}`) as Row | undefined;
    return row?.epoch === this.#epoch ? row : undefined;
  }

  #findLast(): Row | undefined {
    return this.#isSmall ? this.#findHighest() : this.#findEnd();
  }

  /** Where all are in memory, and one of them may not have been written. */
  #findHighest(): Row | undefined {
    let highest: Row | undefined;
    for (let slot = 0; slot < this.#rows; slot += 1) {
      const row = this.#at(slot);
      if (row !== undefined && row.index >= (highest?.index ?? 0)) highest = row;
    }
    return highest;
  }

  /** Those of this lap come first, and then those of the lap before. */
  #findEnd(): Row | undefined {
    const first = this.#at(0);
    if (first === undefined) return undefined;
    let low = 0;
    let high = this.#rows - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#at(middle)?.index === first.index + middle) low = middle;
      else high = middle - 1;
    }
    return this.#at(low);
  }
}

/** Shared by all that have none. */
const NONE: readonly never[] = [];

function asWritten({ number, at, namespace, rooms, except, frames }: KeptPacket): WrittenPacket {
  return [number, at, namespace, oneOrMore(rooms), oneOrMore(except), oneOrMore(frames)];
}

function toPacket([number, at, namespace, rooms, except, frames]: WrittenPacket): KeptPacket {
  return { number, at, namespace, rooms: list(rooms), except: list(except), frames: list(frames) };
}

/** Many clients may come back at once: nothing is made of what is not meant for one. */
function isMeant({ namespace, rooms }: Missing, packet: WrittenPacket): boolean {
  const [, , name, to, except] = packet;
  if (name !== namespace) return false;
  const isForAll = Array.isArray(to) && to.length === 0;
  return (isForAll || isAmong(rooms, to)) && !isAmong(rooms, except);
}

function isAmong(rooms: readonly Room[], these: OneOrMore<Room>): boolean {
  if (!Array.isArray(these)) return rooms.includes(these as Room);
  return these.length > 0 && rooms.some((room) => these.includes(room));
}

function oneOrMore<T>(items: readonly T[]): OneOrMore<T> {
  const [first] = items;
  if (first === undefined) return NONE;
  return items.length === 1 ? first : items;
}

function list<T extends Room | Frame>(items: OneOrMore<T>): readonly T[] {
  return Array.isArray(items) ? items : [items as T];
}

/** As V8 serializes it, or a little more. */
function sizeOfPacket({ rooms, except, frames, namespace }: KeptPacket): number {
  let size = OVERHEAD + 2 * namespace.length;
  for (const room of rooms) size += 8 + 2 * room.length;
  for (const room of except) size += 8 + 2 * room.length;
  for (const frame of frames)
    size += 32 + (typeof frame === "string" ? bytesOf(frame) : frame.byteLength);
  return size;
}

const TWO_BYTES = /[^\0-\xff]/;

function bytesOf(text: string): number {
  return TWO_BYTES.test(text) ? 2 * text.length : text.length;
}
