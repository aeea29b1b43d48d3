/** Identifiers like upstream's: 20 characters of URL-safe base64, 120 random bits. */

/** How long identifiers are. */
export const LENGTH = 20;
/** So many first characters are shared by the ids of a connection and its sockets; its other characters are secret. */
const HEAD_LENGTH = 4;
/** A checksum of so many characters follows, which tells ids of sockets from names of the same length. */
export const CHECKED_LENGTH = 17;
/** Random bytes are fetched for this many ids at a time: a call costs as much as thousands of bytes. */
const IDS_PER_FILL = 128;

/** Makes ids out of random bytes, six bits of each. Each byte is used once. */
export class IdentifierSource {
  readonly #fill: (target: Uint8Array) => void;
  /** Made with the first id: an object that wakes for a message makes none. */
  #bytes: Uint8Array | undefined;
  #at = LENGTH * IDS_PER_FILL;
  /** The characters of the id that is being made. */
  readonly #units: number[] = new Array(LENGTH).fill(0);

  /** `fill` fills an array with cryptographically strong random bytes. */
  constructor(fill: (target: Uint8Array) => void) {
    this.#fill = fill;
  }

  next(): string {
    this.#bytes ??= new Uint8Array(LENGTH * IDS_PER_FILL);
    const bytes = this.#bytes;
    if (this.#at === bytes.length) {
      this.#fill(bytes);
      this.#at = 0;
    }
    const units = this.#units;
    for (let i = 0; i < LENGTH; i++, this.#at++) {
      units[i] = codeOf(bytes[this.#at] as number);
      // So that no id can be told from memory later.
      bytes[this.#at] = 0;
    }
    const id = String.fromCharCode(...units);
    units.fill(0);
    return id;
  }
}

/** What the ids of a connection's sockets have in common with the connection's own. */
export function headOf(id: string): string {
  return id.slice(0, HEAD_LENGTH);
}

/** The id of a socket of this connection. `id`: a fresh one that nobody can guess. */
export function socketIdOf(connectionId: string, id: string): string {
  const checked = headOf(connectionId) + id.slice(HEAD_LENGTH, CHECKED_LENGTH);
  return checked + checksum(checked);
}

/** Whether a name is one that `socketIdOf` gives: with one chance in 262,144 it only looks like it. */
export function isSocketId(name: string): boolean {
  return name.length === LENGTH && name.endsWith(checksum(name.slice(0, CHECKED_LENGTH)));
}

/** FNV-1a, mixed: three letters. */
export function checksum(text: string): string {
  let sum = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 0x01000193);
  sum = Math.imul(sum ^ (sum >>> 15), 0x85ebca6b);
  return letter(sum >>> 26) + letter(sum >>> 20) + letter(sum >>> 14);
}

/** The letter for the lowest six bits. */
export function letter(bits: number): string {
  return String.fromCharCode(codeOf(bits));
}

/** Its character code: `A` to `Z`, `a` to `z`, `0` to `9`, `-`, `_`. */
function codeOf(bits: number): number {
  const six = bits & 63;
  if (six < 26) return six + 65;
  if (six < 52) return six + 71;
  if (six < 62) return six - 4;
  return six === 62 ? 45 : 95;
}
