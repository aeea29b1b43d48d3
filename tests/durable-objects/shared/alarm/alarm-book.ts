/** What alarms.worker.ts keeps, and tests read. */

/** One call of an application's alarm. */
export interface Ring {
  at: number;
  retryCount?: number;
  alarm: number | null;
}

export interface AlarmBook {
  rings: Ring[];
  /** Alarms of the platform's, whosever they were. */
  events: number;
  writes: number;
}
