/**
 * The packets of the journal: in rows of the storage that are used again in a ring, so that dropping what is
 * old writes nothing. A row is written again as it grows, and the next one begun when it is full.
 *
 * Where the last row is, is found by a binary search: each says which one it is, counted from the first.
 */
import type { Frame } from "../../codec/codec.ts";
import type { BatchedStorage } from "../../engine/batched-storage.ts";
import type { Room } from "../identifiers.ts";

/** A packet as it was sent. */
export interface KeptPacket {
  /** Its number in the journal. */
  number: number;
  /** Milliseconds since the epoch. */
  at: number;
  namespace: string;
  /** Whose members are meant; empty: everyone. */
  rooms: Room[];
  except: Room[];
  frames: Frame[];
}

interface Row {
  epoch: string;
  /** How many rows were begun before it. */
  index: number;
  /** The number of the packet that follows. */
  next: number;
  /** Packets with lower numbers may be missing though somebody may need them. */
  lost: number;
  /** Whether there may have been more that is not written. */
  isOpen: boolean;
  packets: KeptPacket[];
}

/** Of all rows that were written since the object woke. An object has 128 MB for everything. */
const MAX_BYTES = 24 * 2 ** 20;
const MAX_PACKETS = 10_000;
/** Where rows may be large: a full one has so many bytes. */
const ROW_BYTES = 128 * 2 ** 10;
const ROWS = 256;
/** Where all of them are read with every wake. */
const SMALL_ROWS = 64;
/** What a packet and a row take up beside what is in them. */
const OVERHEAD = 120;

export class PacketRing {
  readonly #batch: BatchedStorage;
  readonly #epoch: string;
  /** After so many milliseconds nobody can need a packet any more. */
  readonly #retention: number;
  readonly #rowBytes: number;
  /** What a row may have whose packets are written together. */
  readonly #maxRowBytes: number;
  readonly #maxBytes: number;
  readonly #rows: number;
  /** The row that grows; undefined as long as there is none. */
  #row: Row | undefined;
  #bytes = 0;
  /** Whether all of it is in the storage. */
  #isWritten = true;
  /** Indices and bytes of the rows that are in memory because they were written, the oldest first. */
  readonly #written: { index: number; bytes: number }[] = [];
  #writtenBytes = 0;

  constructor(batch: BatchedStorage, epoch: string, retention: number, maxValueBytes: number) {
    this.#batch = batch;
    this.#epoch = epoch;
    this.#retention = retention;
    const isSmall = maxValueBytes < 4 * ROW_BYTES;
    this.#rows = isSmall ? SMALL_ROWS : ROWS;
    this.#rowBytes = isSmall ? maxValueBytes / 2 : ROW_BYTES;
    this.#maxRowBytes = isSmall ? this.#rowBytes : 2 * ROW_BYTES;
    this.#maxBytes = maxValueBytes - 2 * OVERHEAD;
    this.#row = this.#findLast();
    for (const packet of this.#row?.packets ?? []) this.#bytes += sizeOfPacket(packet);
  }

  /** The number of the next packet. The first one's is 1. */
  get next(): number {
    return this.#row?.next ?? 1;
  }

  /** Whether what was written may not be all that was sent. */
  get isOpen(): boolean {
    return this.#row?.isOpen ?? false;
  }

  /** To be written; what was added since is, too. */
  set isOpen(isOpen: boolean) {
    this.#row ??= this.#begin(undefined);
    this.#row.isOpen = isOpen;
    this.#put(this.#row);
  }

  /** Takes the next packet up. It is put into the storage's next batch. Returns its bytes. */
  add(packet: KeptPacket): number {
    const size = sizeOfPacket(packet);
    let row = this.#row ?? this.#begin(undefined);
    // What is written together is in one row, if it can be.
    const limit = this.#isWritten ? this.#rowBytes : this.#maxRowBytes;
    if (row.packets.length > 0 && this.#bytes + size > limit) {
      row = this.#begin(row, packet.at);
    }
    this.#row = row;
    this.#isWritten = false;
    row.next = packet.number + 1;
    if (size > this.#maxBytes) row.lost = row.next;
    else {
      row.packets.push(packet);
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
  }

  /** The packets from this number on; undefined if they are not all there any more. */
  since(number: number, mustReach: boolean): KeptPacket[] | undefined {
    const row = this.#row;
    if (row === undefined) return [];
    if (number < row.lost || number < row.next - MAX_PACKETS) return undefined;
    const rows = [row];
    let first = firstOf(row);
    for (let index = row.index - 1; first > number; index -= 1) {
      const earlier = index < 0 ? undefined : this.#read(index);
      if (earlier === undefined) {
        // What nobody can need any more is not there. Who was lost unnoticed may need it.
        if (mustReach) return undefined;
        break;
      }
      rows.push(earlier);
      first = firstOf(earlier);
    }
    return rows
      .reverse()
      .flatMap(({ packets }) => packets)
      .filter((packet) => packet.number >= number);
  }

  /** After a row, or as the first. */
  #begin(before: Row | undefined, now = 0): Row {
    const index = (before?.index ?? -1) + 1;
    let lost = before?.lost ?? 1;
    const replaced = this.#read(index - this.#rows);
    const { at, number } = replaced?.packets.at(-1) ?? { at: Number.NEGATIVE_INFINITY, number: 0 };
    if (at >= now - this.#retention) lost = Math.max(lost, number + 1);
    this.#bytes = 0;
    const next = before?.next ?? 1;
    return { epoch: this.#epoch, index, next, lost, isOpen: before?.isOpen ?? false, packets: [] };
  }

  /** Memory for what is new. What may still be needed is noted as lost. */
  #makeRoom(row: Row): void {
    while (this.#written.length > 1) {
      const oldest = this.#written[0] as { index: number; bytes: number };
      const old = this.#read(oldest.index);
      const last = old?.packets.at(-1);
      const now = row.packets.at(-1)?.at ?? 0;
      const isOld = last === undefined || last.at < now - this.#retention;
      if (!isOld && this.#writtenBytes <= MAX_BYTES) return;
      this.#written.shift();
      this.#writtenBytes -= oldest.bytes;
      if (isOld) {
        this.#batch.drop(this.#keyOf(oldest.index));
        continue;
      }
      row.lost = Math.max(row.lost, last.number + 1);
      // On the disk it would take up as much.
      if (old !== undefined) this.#put({ ...old, packets: [] });
    }
  }

  #put(row: Row): void {
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

  /** Those of this lap come first, and then those of the lap before. */
  #findLast(): Row | undefined {
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

function firstOf({ packets, next }: Row): number {
  return packets[0]?.number ?? next;
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
