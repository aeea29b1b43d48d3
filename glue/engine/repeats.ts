/** What of a handshake runs again after a sleep, because it has left what cannot be kept. Flags. */
export const Repeats = {
  none: 0,
  /** The middlewares of `io.engine`. */
  middlewares: 1,
  /** The option `allowRequest`. */
  allowRequest: 2,
} as const;
