/** Where sessions are kept: an object's storage, Workers KV, the memory of a process. */
import { having, type OptionCheck, positiveNumber } from "../../../glue/common/option-checks.ts";
import { newSessionId } from "./carried-session.ts";

/** What a store keeps of a session. */
export interface StoredSession {
  /** Plain JSON; null: the session has been ended, and its id is not to be used again. */
  data: Record<string, unknown> | null;
  /** Until when, in milliseconds since the epoch. */
  expires: number;
}

/** A store of your own needs two methods. What is past its `expires` may be deleted. */
export interface SessionStore {
  /** What was set last under this id; undefined if there is nothing. */
  get(id: string): Promise<StoredSession | undefined>;
  /** Keeps a session until its `expires`, in place of what was there. */
  set(id: string, stored: StoredSession): Promise<void>;
}

/** The option `store`. */
export const storeCheck: OptionCheck = having(
  ["get", "set"],
  "a store, such as objectStore(ctx.storage) gives",
);

/** As much of an object's storage as is needed: Durable Objects, PartyServer and PartyKit have it. */
export interface ObjectStorage {
  /** The platform's own. */
  get(key: string): Promise<unknown>;
  /** The platform's own. */
  put(key: string, value: unknown): Promise<void>;
  /** The platform's own. */
  delete(keys: string[]): Promise<unknown>;
  /** The platform's own. */
  list(options: { prefix: string; start?: string; limit: number }): Promise<Map<string, unknown>>;
}

const PREFIX = "session:";
/** One of so many writes looks for what has expired. */
const SWEEP_EVERY = 50;
/** Among so many sessions: more than are written meanwhile. A storage deletes 128 keys at a time at most. */
const SWEPT = 100;

/**
 * In the storage of the object: at hand without a request, for the clients of this object and what its
 * `fetch` answers. A write costs what any write to the storage costs.
 */
export function objectStore(storage: ObjectStorage): SessionStore {
  const isStorage = having(["get", "put", "delete", "list"], "").accepts(storage);
  if (!isStorage)
    throw new TypeError("dormouse: objectStore needs an object's storage, ctx.storage");
  // At random, for an object may sleep after every few writes, and begin to count anew: so all have their turn.
  let writes = Math.floor(Math.random() * SWEEP_EVERY);
  let start = PREFIX + newSessionId();
  const sweep = async (): Promise<void> => {
    const found = await storage.list({ prefix: PREFIX, start, limit: SWEPT });
    const rest = SWEPT - found.size;
    const others = rest > 0 ? await storage.list({ prefix: PREFIX, limit: rest }) : [];
    const all = new Map([...found, ...others] as [string, StoredSession][]);
    start = [...all.keys()].pop() ?? start;
    const expired = [...all].filter(([, { expires }]) => expires <= Date.now());
    if (expired.length > 0) await storage.delete(expired.map(([key]) => key));
  };
  return {
    async get(id) {
      return (await storage.get(PREFIX + id)) as StoredSession | undefined;
    },
    async set(id, stored) {
      await storage.put(PREFIX + id, stored);
      writes += 1;
      if (writes % SWEEP_EVERY === 0) await sweep();
    },
  };
}

/** As much of a KV namespace as is needed. */
export interface KeyValueNamespace {
  /** The platform's own. */
  get(key: string, type: "json"): Promise<unknown>;
  /** The platform's own. */
  put(key: string, value: string, options: { expirationTtl: number }): Promise<void>;
}

/** KV takes no shorter time, in seconds. */
const KV_MINIMUM = 60;

/**
 * In Workers KV: for sites whose Workers and objects share their sessions. What one place has written
 * another sees after up to a minute, ended sessions included.
 */
export function kvStore(namespace: KeyValueNamespace): SessionStore {
  const isNamespace = having(["get", "put"], "").accepts(namespace);
  if (!isNamespace) throw new TypeError("dormouse: kvStore needs the binding of a KV namespace");
  return {
    async get(id) {
      return ((await namespace.get(PREFIX + id, "json")) ?? undefined) as StoredSession | undefined;
    },
    async set(id, stored) {
      const seconds = Math.ceil((stored.expires - Date.now()) / 1000);
      const expirationTtl = Math.max(KV_MINIMUM, seconds);
      await namespace.put(PREFIX + id, JSON.stringify(stored), { expirationTtl });
    },
  };
}

/** In memory, for tests and for a Node server that may forget: at most so many, the oldest go first. */
export function memoryStore(limit = 100_000): SessionStore {
  if (!positiveNumber.accepts(limit))
    throw new TypeError("dormouse: memoryStore needs a limit above 0");
  const sessions = new Map<string, string>();
  return {
    async get(id) {
      const stored = sessions.get(id);
      return stored === undefined ? undefined : (JSON.parse(stored) as StoredSession);
    },
    async set(id, stored) {
      sessions.delete(id);
      sessions.set(id, JSON.stringify(stored));
      for (const oldest of sessions.keys()) {
        if (sessions.size <= limit) break;
        sessions.delete(oldest);
      }
    },
  };
}
