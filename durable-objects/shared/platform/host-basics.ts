/** What every platform has: a clock and a source of randomness. */

/** Milliseconds since the epoch. The one clock of all hosts. */
export function now(): number {
  return Date.now();
}

/** What hosts begin with. */
export abstract class HostBasics {
  /** Milliseconds since the epoch. */
  now(): number {
    return now();
  }

  /** Fills the array with cryptographically strong random bytes; 65,536 at most. */
  randomBytes(target: Uint8Array): void {
    // Never shared memory, which the types would allow.
    crypto.getRandomValues(target as Uint8Array<ArrayBuffer>);
  }
}
