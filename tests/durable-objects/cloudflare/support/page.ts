/** What book.worker.ts keeps, and tests read. */

/** The notes of one object. */
export interface Page {
  /** How often the object was made: once, and once for every wake. */
  constructed: number;
  /** Names of the handlers that the platform called: what woke the object, or could have. */
  events: string[];
  /** Names of the storage's methods that wrote, in the order of their calls. */
  writes: string[];
  /** One for each attachment that was written. */
  attachments: string[];
  notes: unknown[][];
  /** Whether the storage throws at whoever reads or writes keys. */
  isBroken?: boolean;
}
