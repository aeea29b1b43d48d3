/**
 * After a sleep, connection listeners run again to add their listeners (a replay). What else they do was done before
 * the sleep and must not be done twice: it is dropped. Commands ask the gate whether the running code is being
 * replayed. Implemented in `glue/sleep/replay/gate.ts`.
 */
export interface Gate {
  /** Whether the running code is being replayed, so that what it does is to be dropped. */
  readonly isDropping: boolean;
  /** Runs code as a replay: what it does is dropped, up to its first `await`. */
  silently(run: () => void): void;
  /** A command was dropped that would have ended this connection, or that session of it. */
  noteDroppedEnd(connection: object, session?: number): void;
  /**
   * Runs what must be done even in a replay: an emit whose acknowledgement the code waits for, an acknowledgement
   * that a client has asked for just now.
   */
  exempt<Result>(run: () => Result): Result;
}

/** For servers that never replay anything. */
export const OPEN_GATE: Gate = {
  isDropping: false,
  silently: (run) => run(),
  noteDroppedEnd: () => {},
  exempt: (run) => run(),
};
