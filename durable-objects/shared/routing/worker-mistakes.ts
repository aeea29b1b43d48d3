/** Mistakes in a Worker's own code that show with a request: told to whoever reads the log, and to the client. */

const INTERNAL_ERROR = 500;

/** What a mistake is about. */
export type MistakeSubject = "request" | "options" | "binding" | "name" | "party" | "room";

/** The subjects that were logged, each once: a mistake shows with every request. */
const told = new Set<MistakeSubject>();

/** A mistake that a request brought to light. */
export class WorkerMistake extends TypeError {
  readonly subject: MistakeSubject;

  /** `message` says what to change. */
  constructor(subject: MistakeSubject, message: string) {
    super(`dormouse: ${message}`);
    this.subject = subject;
  }
}

/**
 * Runs `handle`; a `WorkerMistake` becomes an answer with its text and status 500, and the first of
 * its subject a line in the log.
 */
export async function answeringMistakes<Result>(
  handle: () => Result | Promise<Result>,
): Promise<Result | Response> {
  try {
    return await handle();
  } catch (error) {
    if (!(error instanceof WorkerMistake)) throw error;
    const { message, subject } = error;
    if (!told.has(subject)) console.error(message);
    told.add(subject);
    return new Response(message, {
      status: INTERNAL_ERROR,
      headers: { "content-type": "text/plain" },
    });
  }
}
