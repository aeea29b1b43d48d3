/**
 * Strings in WebAssembly memory, in WTF-8: UTF-8 in which a surrogate without its other half is written
 * like any other code point. So different JavaScript strings have different bytes and come back unchanged; the
 * platform's encoder makes all lone surrogates the same character (and its decoder drops a leading U+FEFF).
 *
 * The platform's encoders are used for long texts without lone surrogates. Short ASCII texts, which most are, are
 * copied unit by unit: that is faster than a call that leaves JavaScript.
 */

/** A UTF-16 unit becomes so many bytes at most. */
export const MAX_BYTES_PER_UNIT = 3;
export const MAX_ASCII = 0x7f;
const MAX_BYTE = 0xff;

/** Texts up to this length are written without the platform's help, if they are ASCII. */
const MAX_SHORT_WRITE = 32;
/**
 * The same for reading; the longest usual text is the handshake. The decoder reads that in a third of the time in a
 * loop, but once for a client, when none of its code is in a cache, it takes 10 µs more on Node.
 */
const MAX_SHORT_READ = 160;
/** Units that are made into a string at a time. */
const CHUNK = 1024;

const LONE_SURROGATE = /\p{Surrogate}/u;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** How much of a text was encoded: units read, bytes written. */
export interface Encoded {
  read: number;
  written: number;
}

/** Writes as much of a text as fits, up to whole code points. */
function encodeInto(text: string, target: Uint8Array): Encoded {
  const head = text.length > target.length ? text.slice(0, target.length) : text;
  // True also for a pair that `slice` cut apart; `encodeUnits` reads the whole text, so that is no harm.
  if (LONE_SURROGATE.test(head)) return encodeUnits(text, target);
  return encoder.encodeInto(head, target);
}

/** Writes as much of a text as goes into so many bytes, up to whole code points. */
export function writeHead(text: string, bytes: Uint8Array, start: number, size: number): Encoded {
  const units = text.length;
  if (units <= size && writeShort(text, bytes, start)) return { read: units, written: units };
  return encodeInto(text, bytes.subarray(start, start + size));
}

/** Writes a text, for which there must be room. Returns its bytes. */
export function writeText(text: string, bytes: Uint8Array, start: number): number {
  if (writeShort(text, bytes, start)) return text.length;
  return encodeInto(text, bytes.subarray(start)).written;
}

/** Writes a short text that is ASCII; false for others. */
function writeShort(text: string, bytes: Uint8Array, start: number): boolean {
  const units = text.length;
  if (units > MAX_SHORT_WRITE) return false;
  for (let i = 0; i < units; i++) {
    const unit = text.charCodeAt(i);
    if (unit > MAX_ASCII) return false;
    bytes[start + i] = unit;
  }
  return true;
}

/** Reads a text. */
export function readText(bytes: Uint8Array, start: number, end: number): string {
  const isShort = end - start <= MAX_SHORT_READ;
  const short = isShort ? readUnits(bytes, start, end, MAX_ASCII) : undefined;
  if (short !== undefined) return short;
  try {
    return decoder.decode(bytes.subarray(start, end));
  } catch {
    return decodeUnits(bytes, start, end);
  }
}

/** Writes bytes that `readLatin1` read. */
export function writeLatin1(text: string, bytes: Uint8Array, start: number): void {
  for (let i = 0; i < text.length; i++) bytes[start + i] = text.charCodeAt(i);
}

/** Reads bytes as a string with one of them in each unit. */
export function readLatin1(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at += CHUNK) {
    text += readUnits(bytes, at, Math.min(at + CHUNK, end), MAX_BYTE);
  }
  return text;
}

/** Bytes of a text, without encoding it. */
export function byteLength(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i) as number;
    if (point >= 0x80) bytes += point < 0x800 ? 1 : 2;
    // A pair is four bytes for two units.
    if (point > 0xffff) i += 1;
  }
  return bytes;
}

/** What the platform's encoder does, but for surrogates without their other half. */
function encodeUnits(text: string, target: Uint8Array): Encoded {
  let read = 0;
  let written = 0;
  while (read < text.length) {
    const point = text.codePointAt(read) as number;
    const size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (written + size > target.length) break;
    if (size === 1) {
      target[written++] = point;
    } else {
      target[written++] = ((0xf00 >> size) & 0xff) | (point >> (6 * (size - 1)));
      for (let rest = size - 2; rest >= 0; rest--) {
        target[written++] = 0x80 | ((point >> (6 * rest)) & 0x3f);
      }
    }
    read += size === 4 ? 2 : 1;
  }
  return { read, written };
}

/** Reads what `encodeUnits` wrote. */
function decodeUnits(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; ) {
    const lead = bytes[at] as number;
    const size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    let point = size === 1 ? lead : lead & (0x7f >> size);
    for (let rest = 1; rest < size; rest++)
      point = (point << 6) | ((bytes[at + rest] as number) & 0x3f);
    text += String.fromCodePoint(point);
    at += size;
  }
  return text;
}

/** `CHUNK` at the most: they become arguments. Undefined if there is something above `highest`. */
function readUnits(
  bytes: Uint8Array,
  start: number,
  end: number,
  highest: number,
): string | undefined {
  const units = new Array<number>(end - start);
  for (let at = start; at < end; at++) {
    const unit = bytes[at] as number;
    if (unit > highest) return undefined;
    units[at - start] = unit;
  }
  return String.fromCharCode.apply(null, units);
}
