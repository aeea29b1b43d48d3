/** Which parts of a handshake run again after a sleep, because they have set what a snapshot cannot keep. Flags. */
export const RepeatedParts = {
  none: 0,
  /** The middlewares of `io.engine`. */
  middlewares: 1,
  /** The option `allowRequest`. */
  allowRequest: 2,
} as const;
