/** Objects to which the application adds listeners. A sleep loses those that no code adds again after it. */

/** An object to which the application adds listeners or middlewares. */
export interface Registrant {
  /**
   * Whether a listener that is added now is not lost by a sleep: the running code runs again after it, or the object
   * is closed and will not emit any more.
   */
  readonly _isRegistering: boolean;
  /** What code calls it: `socket`, `io.engine`. */
  readonly _calledAs: string;
  /** Which one it is, for messages: `socket <id> in /chat`. */
  _describe(): string;
}

/** Is told of listeners that are added and removed. */
export interface Registrations {
  /** A listener was added (or a middleware): `method` says how, as code does: `on("news")`. */
  noteAdded(to: Registrant, method: string, listener: unknown): void;
  /**
   * A listener is removed, or was called for the last time. If a sleep would add it again, it will be removed again.
   * `method`: how it was added.
   */
  noteRemoved(from: Registrant, method: string, listener: unknown): void;
  /** As `noteRemoved`, for a listener that may as well be there again. Returns whether a sleep would not add it again. */
  forgetAdded(from: Registrant, method: string, listener: unknown): boolean;
}
