/**
 * Strings in WebAssembly memory. What crosses the boundary is short and nearly always ASCII, and copying
 * that unit by unit is faster than the platform's encoders, each call of which leaves JavaScript.
 */

/** A UTF-16 unit becomes so many bytes of UTF-8 at most. */
export const MAX_BYTES_PER_UNIT = 3;

/** Texts up to this length are written without the platform's help, if they are ASCII. */
const MAX_SHORT_WRITE = 32;
/** The same for reading; the longest usual text is the handshake. */
const MAX_SHORT_READ = 160;
/** Units that are made into a string at a time. */
const CHUNK = 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Writes as much of a text as fits, in UTF-8. Returns the units read and the bytes written. */
export function encodeInto(text: string, target: Uint8Array): { read: number; written: number } {
  return encoder.encodeInto(text, target);
}

/** Writes a text in UTF-8, for which there must be room. Returns its bytes. */
export function writeText(text: string, bytes: Uint8Array, start: number): number {
  const units = text.length;
  if (units <= MAX_SHORT_WRITE) {
    let i = 0;
    for (; i < units; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) break;
      bytes[start + i] = unit;
    }
    if (i === units) return units;
  }
  return encoder.encodeInto(text, bytes.subarray(start)).written;
}

/** Reads a text in UTF-8. */
export function readText(bytes: Uint8Array, start: number, end: number): string {
  const isShort = end - start <= MAX_SHORT_READ;
  if (isShort && isAscii(bytes, start, end)) return readUnits(bytes, start, end);
  return decoder.decode(bytes.subarray(start, end));
}

/** Writes bytes that `readLatin1` read. */
export function writeLatin1(text: string, bytes: Uint8Array, start: number): void {
  for (let i = 0; i < text.length; i++) bytes[start + i] = text.charCodeAt(i);
}

/** Reads bytes as a string with one of them in each unit. */
export function readLatin1(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= CHUNK) return readUnits(bytes, start, end);
  let text = "";
  for (let at = start; at < end; at += CHUNK) {
    text += readUnits(bytes, at, Math.min(at + CHUNK, end));
  }
  return text;
}

/** Bytes of a text in UTF-8, without encoding it. */
export function byteLength(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text.charCodeAt(i + 1))) {
      bytes += 2;
      i += 1;
    } else bytes += 2;
  }
  return bytes;
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] as number) > 0x7f) return false;
  return true;
}

/** `CHUNK` at the most: they become arguments. */
function readUnits(bytes: Uint8Array, start: number, end: number): string {
  const units = new Array<number>(end - start);
  for (let at = start; at < end; at++) units[at - start] = bytes[at] as number;
  return String.fromCharCode.apply(null, units);
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
