/**
 * Keeps the packets of the journal in a fixed number of rows of the storage, used as a ring: a new row replaces the
 * oldest, so dropping old packets costs no write. A row is written again as it grows. A new one is begun when it is
 * full, and after each start of the object.
 *
 * No number is given out twice. Each write reserves numbers beyond the last packet, for packets that are sent before
 * the next write; an object that starts goes on above them. So a gap between the numbers of two rows shows where an
 * object ended: packets with these numbers may have been sent, and are lost.
 *
 * Each row has its `index`, counted from the first row ever, so that a binary search finds the last one.
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
  messageKeysOf,
  packetsFor,
  type Receiver,
  type Row,
  sizeOfRest,
  sizeOfTarget,
  skipPacket,
  Whereabouts,
} from "./packet-row.ts";
import type { Target } from "./packet-targets.ts";

/** Of all rows written since the object woke, which stay in memory. An object has 128 MB for everything. */
const MAX_BYTES = 24 * 2 ** 20;
/** A session that would have to look through more packets than these is not recovered. */
const MAX_PACKETS = 10_000;
/** The bytes of a full row, where the storage takes large values. */
const ROW_BYTES = 64 * 2 ** 10;
const ROWS = 512;
/** The number of rows where the storage takes small values only. All of them are read with every wake. */
const SMALL_ROWS = 64;
/** Bytes of a row without any packet. */
const OVERHEAD = 160;
/** A text of more units than these is checked for characters that take two bytes. */
const LONG_TEXT = 64 * 2 ** 10;
/** So many numbers may be given out between two writes. A batch usually has fewer packets. */
const RESERVE = 1_024;

/** A session whose missed packets are looked for. */
export interface Missing extends Receiver {
  /** Whether nobody knows when it was lost: then it may need even packets older than the retention. */
  mustReach: boolean;
  /** Whether it may have missed a packet that was sent to these. */
  isAtRisk(atRisk: AtRisk | undefined): boolean;
}

/** How a ring keeps its packets. */
export interface RingSettings {
  epoch: string;
  /** How long a packet may be needed, in milliseconds. */
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
  /** The limit of a row whose packets are written together. */
  readonly #maxRowBytes: number;
  readonly #maxBytes: number;
  readonly #rows: number;
  /** The row that grows, or the last one of an earlier start; undefined as long as there is none. */
  #row: Row | undefined;
  /** Whether `#row` was begun since the object started. */
  #isOurs = false;
  /** Bytes of the packets in `#row`. */
  #size = 0;
  /** Units of its text, and the bytes that each takes (one or two), as far as is known. */
  #units = 0;
  #width = 1;
  /** The row with changes that the next batch writes. */
  #unwritten: Row | undefined;
  /** The highest number that the storage reserves. */
  #reserved = 0;
  /** Indices and bytes of the rows that are in memory because they were written, the oldest first. */
  readonly #written: { index: number; bytes: number }[] = [];
  #writtenBytes = 0;
  /** The index of the last row that was taken out of memory because nobody can need it any more. */
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
    // `reserved + 1` stays unused: it is the offset of whoever got all that was sent before the start.
    return row.reserved + 2;
  }

  /** Whether there is any row. */
  get isEmpty(): boolean {
    return this.#row === undefined;
  }

  /** What `setOpen` was given last, since the object started. */
  get open(): AtRisk | undefined {
    return this.#isOurs ? this.#row?.open : undefined;
  }

  /** Has the next batch write who may be sent packets that are not written yet; undefined: nobody. */
  setOpen(atRisk: AtRisk | undefined, now: number): void {
    const row = this.#current(now);
    row.open = atRisk;
    this.#put(row);
  }

  /** Who may have missed something when the object ended last. Known until a packet is added. */
  get missed(): AtRisk | undefined {
    return this.#isOurs ? undefined : this.#row?.open;
  }

  /** Whether the storage reserves the last number, so that its packet may be sent before it is written. */
  get isReserved(): boolean {
    return this.next - 1 <= this.#reserved;
  }

  /** Adds the next packet, which the storage's next batch writes. Returns by how many bytes the row grows. */
  add(target: Target, frames: readonly Frame[], at: number, message?: string): number {
    const text = isText(frames) ? frames[0] : "";
    const isWorthALook = this.#isSmall || text.length > LONG_TEXT;
    const width = isWorthALook && isWide(text) ? 2 : 1;
    const rest = sizeOfRest(frames, message);
    let row = this.#current(at);
    let size = this.#sizeWith(row, target, rest, text.length, width);
    // Packets that are written together go into one row where they fit.
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

  /** Bytes of the row with another packet. `width`: bytes per unit of its text; with two, the whole text takes two. */
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

  /** The storage failed to keep the value of this key. Whoever needs a packet of it gets a new session. */
  noteUnkept(key: string, now: number): void {
    this.#batch.drop(key);
    const before = this.#row;
    if (before === undefined) return;
    const isLast = this.#keyOf(before.index) === key;
    const row = isLast ? this.#begin(before, now) : this.#current(now);
    row.lost = row.next;
    this.#put(row);
  }

  /** The packets from this number on that are meant for a session; undefined if not all are there any more. */
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
        // Rows too old for anybody are gone, which matters only to sessions that were lost unnoticed.
        const isOld = index <= this.#forgotten || index <= last.index - this.#rows;
        if (mustReach || !isOld) return undefined;
        break;
      }
      // The object ended here, and may have sent packets with the numbers in the gap.
      if (row.next < first && (number > row.next || isAtRisk(row.open))) return undefined;
      count += countFrom(row, number);
      if (count > MAX_PACKETS) return undefined;
      found.push(packetsFor(row, receiver, number));
      first = row.first;
    }
    return found.reverse().flat();
  }

  /** The messages that were kept since `time`, in milliseconds since the epoch: see `messageKey`. */
  messagesSince(time: number): Set<string> {
    const keys = new Set<string>();
    for (let row = this.#row; row !== undefined; row = this.#read(row.index - 1)) {
      if (row.entries.length > 0 && lastAt(row) < time) break;
      for (const key of messageKeysOf(row)) keys.add(key);
    }
    return keys;
  }

  /** The row that grows. */
  #current(now: number): Row {
    if (this.#isOurs && this.#row !== undefined) return this.#row;
    return this.#begin(this.#row, now);
  }

  /** Begins the row after `before`, or the first one. */
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

  /** Corrects the bytes of a row that is full: whether its text takes two bytes per unit was not checked before. */
  #finish(row: Row): void {
    if (this.#width === 1 && isWide(row.text)) this.#noteBytes(row, row.text.length);
  }

  /** Takes the oldest rows out of memory. Packets that may still be needed are noted as lost. */
  #makeRoom(row: Row, now: number): void {
    while (this.#written.length > 1) {
      const oldest = this.#written[0] as { index: number; bytes: number };
      const old = this.#read(oldest.index);
      const isOld = old === undefined || lastAt(old) < now - this.#retention;
      if (!isOld && this.#writtenBytes <= MAX_BYTES) return;
      this.#written.shift();
      this.#writtenBytes -= oldest.bytes;
      if (isOld) {
        // If it is gone, its key may hold a newer row, which has to stay.
        if (old !== undefined) this.#batch.drop(this.#keyOf(oldest.index));
        this.#forgotten = oldest.index;
        continue;
      }
      row.lost = Math.max(row.lost, old.next);
      // Its packets are removed from the storage as well, where they would take up as much.
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

  /** The last row of a small ring. All rows are looked at, as one may not have been written. */
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
