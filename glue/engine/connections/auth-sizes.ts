/** How large the auth payloads of a client are, which its sockets hold and each snapshot keeps. */

/** Payloads up to this length are not counted: the number of namespaces bounds them. */
export const SHORT_AUTH = 1024;

export class AuthSizes {
  /** The lengths of auth payloads, by session. Sessions may have ended since. */
  readonly #lengths = new Map<number, number>();

  /**
   * Adds the auth payload of a session, which is longer than `SHORT_AUTH`. Returns the length of all payloads that
   * are held. `isThere`: whether a session has not ended yet.
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
