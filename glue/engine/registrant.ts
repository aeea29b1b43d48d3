/** Who has listeners, and who is told when some are added: a sleep loses those that no code adds again. */

/** Who has listeners, or middlewares, that the application adds. */
export interface Registrant {
  /**
   * Whether a sleep loses nothing of what is added now: the code that adds it runs again then, or nobody will hear
   * of it any more.
   */
  readonly _isRegistering: boolean;
  /** What code calls it: `socket`, `io.engine`. */
  readonly _calledAs: string;
  /** Where listeners are to be added that are to be there after a sleep, too. */
  readonly _registersIn: "setup" | "the connection listener";
  /** Which one it is, for messages: `socket <id> in /chat`. */
  _describe(): string;
}

/** Hears of what is added and removed. */
export interface Registrations {
  /** A listener was added (or a middleware): `method` says how, as code does: `on("news")`. */
  noteAdded(to: Registrant, method: string, listener: unknown): void;
  /**
   * A listener is removed, or has fired for good. `method`: how it was added. One that is added again after a sleep
   * would be there again.
   */
  noteRemoved(from: Registrant, method: string, listener: unknown): void;
  /** The same of one of which it does not matter whether it is there again. Returns whether it would not be. */
  forgetAdded(from: Registrant, method: string, listener: unknown): boolean;
}
