/** Decides who is an admin, in a middleware of the admins' namespace. */
import { compare } from "bcryptjs";
import type { Onlookers } from "./onlookers.ts";
import type { BasicAuthentication, Settings } from "./options.ts";
import type { AnyNamespace, AnySocket } from "./protocol.ts";
import { InMemoryStore, ObjectStore } from "./stores.ts";

/** How many wrong passwords are compared in a minute: each comparison costs the object CPU time. */
const MAX_FAILURES = 10;
const MINUTE = 60_000;
/** Longer ones are refused without a look. */
const MAX_LENGTH = 256;
const SESSION_BYTES = 16;

/** Lets nobody into the namespace who is no admin. The options have been checked. */
export function authenticate(
  namespace: AnyNamespace,
  { auth, store }: Settings,
  onlookers: Onlookers,
): void {
  if (auth === false) return;
  // Our stores are of one part of the server each; a store of the application's may be everybody's.
  const isOwn = store instanceof ObjectStore || store instanceof InMemoryStore;
  if (isOwn) onlookers.handleSessions((sessionId) => store.saveSession(sessionId));
  const failures = new Failures(namespace);
  const sessions = new WeakMap<AnySocket, string>();
  namespace.on("connection", (socket) => {
    const created = sessions.get(socket);
    if (created !== undefined) socket.emit("session", created);
  });
  namespace.use(async (socket, next) => {
    try {
      const { sessionId } = socket.handshake.auth;
      if (isText(sessionId) && (await store.doesSessionExist(sessionId))) return next();
      if (await isRight(socket, auth, failures)) {
        const created = newSessionId();
        await store.saveSession(created);
        if (isOwn) await onlookers.tellSession(created);
        // The page listens from the moment on in which it is connected: in here it would not hear it.
        sessions.set(socket, created);
        return next();
      }
    } catch (error) {
      console.error("dormouse: an admin could not be authenticated:", error);
    }
    next(new Error("invalid credentials"));
  });
}

async function isRight(
  socket: AnySocket,
  auth: BasicAuthentication,
  failures: Failures,
): Promise<boolean> {
  const { username, password } = socket.handshake.auth;
  if (!isText(username) || !isText(password) || failures.areTooMany) return false;
  // Counted before the result is known, so that simultaneous attempts count as well.
  const forgive = failures.add();
  // Whatever the name is, so that nobody learns it from how long this takes.
  const isMatching = await compare(password, auth.password);
  if (!isMatching || username !== auth.username) return false;
  forgive();
  return true;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_LENGTH;
}

function newSessionId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SESSION_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** As much of the admins' namespace as is needed to count. */
interface Holder {
  readonly data: { failures?: { readonly since: number; readonly count: number } };
}

/** What was wrong lately. In the object's storage: a sleep would let everybody begin anew. */
class Failures {
  readonly #holder: Holder;

  constructor(namespace: AnyNamespace) {
    this.#holder = holderOf(namespace);
  }

  get areTooMany(): boolean {
    return this.#count >= MAX_FAILURES;
  }

  get #count(): number {
    const { failures } = this.#holder.data;
    return failures && Date.now() - failures.since <= MINUTE ? failures.count : 0;
  }

  /** Counts one; what it returns takes it back. */
  add(): () => void {
    this.#set(this.#count + 1);
    return () => this.#set(Math.max(0, this.#count - 1));
  }

  #set(count: number): void {
    const { data } = this.#holder;
    if (count === 0) {
      delete data.failures;
      return;
    }
    const since = count > 1 ? data.failures?.since : undefined;
    data.failures = { since: since ?? Date.now(), count };
  }
}

/** The namespace; in memory where a bundle has left out what keeps its `data`. */
function holderOf(namespace: AnyNamespace): Holder {
  try {
    return namespace.data ? (namespace as unknown as Holder) : { data: {} };
  } catch {
    return { data: {} };
  }
}
