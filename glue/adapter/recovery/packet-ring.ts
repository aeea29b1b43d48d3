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
import type { BatchedStorage } from "../../engine/host/batched-storage.ts";
import { isWide } from "../../sleep/values/serialized-size.ts";
import { type AtRisk, MAX_AT_RISK_BYTES } from "./at-risk.ts";
import {
  addPacket,
  beginRow,
  countFrom,
  emptied,
  isText,
  type KeptPacket,
  lastAt,
  packetsFor,
  type Receiver,
  type Row,
  sizeOfRest,
  sizeOfTarget,
  skipPacket,
  Whereabouts,
} from "./packet-row.ts";
import type { Target } from "./packet-targets.ts";

/** Of all rows that were written since the object woke. An object has 128 MB for everything. */
const MAX_BYTES = 24 * 2 ** 20;
const MAX_PACKETS = 10_000;
/** Where rows may be large: a full one has so many bytes. */
const ROW_BYTES = 64 * 2 ** 10;
const ROWS = 512;
/** Where all of them are read with every wake. */
const SMALL_ROWS = 64;
/** What a row takes up beside what is in it. */
const OVERHEAD = 160;
/** Of a longer text it is looked at whether it takes up two bytes for each unit. */
const LONG_TEXT = 64 * 2 ** 10;
/** So many numbers may be given out between two writes. A batch has less, as a rule. */
const RESERVE = 1_024;

/** What is to be known of a session whose missed packets are looked for. */
export interface Missing extends Receiver {
  /** Whether nobody knows since when it is lost: it may need what is very old. */
  mustReach: boolean;
  /** Whether it may have missed something of what these were sent. */
  isAtRisk(atRisk: AtRisk | undefined): boolean;
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
  /** Whether `#row` was begun since the object started. */
  #isOurs = false;
  /** Bytes of its packets. */
  #size = 0;
  /** Units of its text, and the bytes that each takes up, as far as is known: one or two. */
  #units = 0;
  #width = 1;
  /** The row of which something is not in the storage, and is to be written. */
  #unwritten: Row | undefined;
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
    this.#maxBytes = maxValueBytes - 2 * OVERHEAD - MAX_AT_RISK_BYTES;
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
  get open(): AtRisk | undefined {
    return this.#isOurs ? this.#row?.open : undefined;
  }

  /** To be written; what was added since is, too. */
  setOpen(atRisk: AtRisk | undefined, now: number): void {
    const row = this.#current(now);
    row.open = atRisk;
    this.#put(row);
  }

  /** Who may have missed something when the object ended last. Until a packet is added. */
  get missed(): AtRisk | undefined {
    return this.#isOurs ? undefined : this.#row?.open;
  }

  /** Whether the last number may be given out before anything is written. */
  get isReserved(): boolean {
    return this.next - 1 <= this.#reserved;
  }

  /** Takes the next packet up. It is put into the storage's next batch. Returns its bytes. */
  add(target: Target, frames: readonly Frame[], at: number, message?: string): number {
    const text = isText(frames) ? frames[0] : "";
    const isWorthALook = this.#isSmall || text.length > LONG_TEXT;
    const width = isWorthALook && isWide(text) ? 2 : 1;
    const rest = sizeOfRest(frames, message);
    let row = this.#current(at);
    let size = this.#sizeWith(row, target, rest, text.length, width);
    // What is written together is in one row, if it can be.
    const limit = this.#unwritten === undefined ? this.#rowBytes : this.#maxRowBytes;
    if (size > limit && row.entries.length > 0) {
      row = this.#begin(row, at);
      size = this.#sizeWith(row, target, rest, text.length, width);
    }
    const added = size - this.#size;
    if (size > this.#maxBytes) {
      skipPacket(row, at);
      row.lost = row.next;
    } else {
      addPacket(row, target, frames, at, message);
      this.#size = size;
      this.#units += text.length;
      this.#width = Math.max(this.#width, width);
      this.#noteBytes(row, added);
    }
    this.#put(row);
    return added;
  }

  /** What the row takes up with another packet. `width`: a unit's bytes in its text; two make that of all others wide. */
  #sizeWith(row: Row, target: Target, rest: number, units: number, width: number): number {
    const isNew = target.row !== row.index;
    const all = Math.max(this.#width, width);
    const widened = this.#units * (all - this.#width);
    return this.#size + rest + (isNew ? sizeOfTarget(target) : 0) + units * all + widened;
  }

  /** A row in memory has grown. */
  #noteBytes({ index }: Row, bytes: number): void {
    this.#writtenBytes += bytes;
    const written = this.#written.at(-1);
    if (written?.index === index) written.bytes += bytes;
    else this.#written.push({ index, bytes });
  }

  /** All that was put is in the storage. */
  noteWritten(): void {
    this.#unwritten = undefined;
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
    const { mustReach, isAtRisk } = session;
    const last = this.#row;
    if (last === undefined) return [];
    if (number < last.lost) return undefined;
    const receiver = new Whereabouts(session);
    const found: KeptPacket[][] = [];
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
      if (row.next < first && (number > row.next || isAtRisk(row.open))) return undefined;
      count += countFrom(row, number);
      if (count > MAX_PACKETS) return undefined;
      found.push(packetsFor(row, receiver, number));
      first = row.first;
    }
    return found.reverse().flat();
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
    if (replaced !== undefined && lastAt(replaced) >= now - this.#retention) {
      lost = Math.max(lost, replaced.next);
    }
    const { next, open } = this;
    const row = beginRow({ epoch: this.#epoch, index, next, lost, open, at: now });
    if (before !== undefined && this.#isOurs) this.#finish(before);
    this.#size = 0;
    this.#units = 0;
    this.#width = 1;
    this.#row = row;
    this.#isOurs = true;
    this.#makeRoom(row, now);
    return row;
  }

  /** Nothing is added to this row any more. It may take up more memory than was known. */
  #finish(row: Row): void {
    if (this.#width === 1 && isWide(row.text)) this.#noteBytes(row, row.text.length);
  }

  /** Memory for what is new. What may still be needed is noted as lost. */
  #makeRoom(row: Row, now: number): void {
    while (this.#written.length > 1) {
      const oldest = this.#written[0] as { index: number; bytes: number };
      const old = this.#read(oldest.index);
      const isOld = old === undefined || lastAt(old) < now - this.#retention;
      if (!isOld && this.#writtenBytes <= MAX_BYTES) return;
      this.#written.shift();
      this.#writtenBytes -= oldest.bytes;
      if (isOld) {
        // Where it is not there, another one may have its place.
        if (old !== undefined) this.#batch.drop(this.#keyOf(oldest.index));
        this.#forgotten = oldest.index;
        continue;
      }
      row.lost = Math.max(row.lost, old.next);
      // On the disk it would take up as much.
      this.#batch.put(this.#keyOf(old.index), emptied(old));
    }
  }

  #put(row: Row): void {
    row.reserved = row.next - 1 + this.#reserve;
    if (this.#unwritten === row) return;
    this.#unwritten = row;
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

  /** The last row, by a binary search: rows of this lap of the ring come first, then those of the lap before. */
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
