/** How much a client says of itself to join namespaces. It is held for its sockets, and kept in each snapshot. */

/** What is no longer is not counted: the number of namespaces bounds it. */
export const SHORT_AUTH = 1024;

export class HeldAuth {
  /** The lengths of auth payloads, by session. Sessions may have ended since. */
  readonly #lengths = new Map<number, number>();

  /**
   * A session is to begin with a packet of this length, which is not short. Returns the length of all that are held.
   * `isThere` says whether another session has not ended yet.
   */
  add(session: number, length: number, isThere: (session: number) => boolean): number {
    let sum = length;
    for (const [other, held] of this.#lengths) {
      if (other !== session && isThere(other)) sum += held;
      else this.#lengths.delete(other);
    }
    this.#lengths.set(session, length);
    return sum;
  }
}
