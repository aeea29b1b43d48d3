/**
 * After a sleep some code of the application runs again, to register its listeners. What else it does
 * has happened before, and must not happen twice. Whether that is so of the code that is running now is
 * decided in one place (`glue/sleep/gate.ts`), which whatever has an effect asks.
 */
export interface Gate {
  /** Whether what the running code does has happened before: it is to be dropped. */
  readonly isDropping: boolean;
  /** Runs what has happened before. What it does is dropped, up to its first `await`. */
  silently(run: () => void): void;
  /** What would end this connection, or only that session of it, is being dropped. */
  noteDroppedEnd(connection: object, session?: number): void;
  /**
   * Runs what must be done all the same, with all that follows from it: a question whose answer the
   * code waits for, the answer to a question that was asked just now.
   */
  exempt<Result>(run: () => Result): Result;
}

/** Where nothing ever happens twice. */
export const OPEN_GATE: Gate = {
  isDropping: false,
  silently: (run) => run(),
  noteDroppedEnd: () => {},
  exempt: (run) => run(),
};
