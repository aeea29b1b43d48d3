/** Stores of admins' sessions, so that a page that is loaded again need not ask for the password. */
import { checkOptionsOf, having, positiveNumber } from "../../glue/common/option-checks.ts";

/** A store of sessions, as upstream's are. */
export interface Store {
  /** Whether there is a session of this id that has not ended. */
  doesSessionExist(sessionId: string): Promise<boolean> | boolean;
  /** A session of this id begins: somebody has shown to be an admin. */
  saveSession(sessionId: string): Promise<void> | void;
}

/** So many sessions are kept; a new one takes the place of the oldest. */
const MAX_SESSIONS = 100;
const DAY = 24 * 60 * 60 * 1000;

const namespaceCheck = having(["emit"], 'a namespace, such as io.of("/admin")');

/** As much of a namespace as the store needs. */
interface Holder {
  readonly data: { sessions?: Map<string, number> };
}

/**
 * In the object's storage, as `data` of the admins' namespace: written when somebody logs in, and at no other time.
 *
 * @example
 * instrument(io, { auth, store: new ObjectStore(io.of("/admin"), { sessionDuration: 3_600_000 }) });
 */
export class ObjectStore implements Store {
  readonly #holder: Holder;
  readonly #duration: number;

  /** `sessionDuration`: how long a session lasts, in milliseconds. Default: a day. */
  constructor(namespace: object, options: { sessionDuration?: number } = {}) {
    checkOptionsOf("ObjectStore", { sessionDuration: positiveNumber }, options);
    if (!namespaceCheck.accepts(namespace)) {
      throw new TypeError(`dormouse: ObjectStore needs ${namespaceCheck.expectation}`);
    }
    this.#holder = namespace as Holder;
    this.#duration = options.sessionDuration ?? DAY;
  }

  doesSessionExist(sessionId: string): boolean {
    const end = this.#holder.data.sessions?.get(sessionId);
    return end !== undefined && end > Date.now();
  }

  /** See `Store`. */
  saveSession(sessionId: string): void {
    const now = Date.now();
    const open = [...(this.#holder.data.sessions ?? [])].filter(([, end]) => end > now);
    const kept = open.slice(-(MAX_SESSIONS - 1));
    this.#holder.data.sessions = new Map([...kept, [sessionId, now + this.#duration]]);
  }
}

/** In memory: gone after a sleep. Upstream's default. */
export class InMemoryStore implements Store {
  readonly #sessions = new Set<string>();

  doesSessionExist(sessionId: string): Promise<boolean> {
    return Promise.resolve(this.#sessions.has(sessionId));
  }

  /** See `Store`. */
  saveSession(sessionId: string): void {
    for (const oldest of this.#sessions) {
      if (this.#sessions.size < MAX_SESSIONS) break;
      this.#sessions.delete(oldest);
    }
    this.#sessions.add(sessionId);
  }
}
