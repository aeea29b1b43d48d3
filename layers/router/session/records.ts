/** What sources of sessions keep, and how. */

/** What is read of a session. */
export interface SessionRecord {
  data: Record<string, unknown>;
  /** Somebody has ended it: nothing may be kept under its id any more. */
  isOver: boolean;
  /** Whether so much of its time has passed that it should be kept again, though nothing has changed. */
  isAgeing: boolean;
}

/** The sessions of a server, by their ids. */
export interface SessionRecords {
  /** Nothing that was ever kept is an empty session. */
  read(id: string): Promise<SessionRecord>;
  /** `data` is plain JSON. Rejects for a session that somebody has ended, be it since it was read. */
  write(id: string, data: Record<string, unknown>): Promise<void>;
  /** Keeps what is kept of it for longer, whoever has written it last. */
  renew(id: string): Promise<void>;
  /** What was a session called `before` is called `id` from now on; `before` is not ended by it. */
  rename(before: string, id: string, data: Record<string, unknown>): Promise<void>;
  end(id: string): Promise<void>;
}

/** What writing to a session that has ended fails with. */
export function sessionIsOver(): Error {
  return new Error("dormouse: the session has ended, what was changed in it is not kept");
}
