/** Remembers to which shard sessions have moved. */
import type { OwnStorage } from "../../../engine/host/host.ts";
import { NO_STORAGE } from "../../recovery/no-storage.ts";
import type { PrivateSessionId } from "../../rooms/identifiers.ts";
import type { ShardIndex } from "../placement/placement.ts";

/** What the keys begin with, in the host's storage. */
const PREFIX = "cluster:moved:";
/** How many are remembered. A client whose session was forgotten gets a new one. */
const MAX_FORWARDS = 32_768;

export interface ForwardingAddress {
  to: ShardIndex;
  /** How often the session had moved when it got there. */
  times: number;
}

export class ForwardingAddresses {
  readonly #storage: OwnStorage;
  /** The oldest first. Undefined until they are read from the storage. */
  #known: Map<PrivateSessionId, ForwardingAddress> | undefined;
  /** Those of sessions that another shard made, which will be told. */
  readonly #passing = new Map<PrivateSessionId, ForwardingAddress>();

  constructor(storage: OwnStorage = NO_STORAGE) {
    this.#storage = storage;
    storage.onLoss(
      () => {
        for (const [pid, address] of this.#known ?? []) storage.put(PREFIX + pid, address);
      },
      () => this.#all(),
    );
  }

  get(pid: PrivateSessionId): ForwardingAddress | undefined {
    return this.#passing.get(pid) ?? this.#all().get(pid);
  }

  /** Remembers where a session of this shard's making is. */
  put(pid: PrivateSessionId, address: ForwardingAddress): void {
    const all = this.#all();
    all.delete(pid);
    all.set(pid, address);
    this.#storage.put(PREFIX + pid, address);
    if (all.size > MAX_FORWARDS) this.delete(first(all));
  }

  /** Remembers where a session of another shard's making is, until that shard knows. */
  pass(pid: PrivateSessionId, address: ForwardingAddress): void {
    this.#passing.delete(pid);
    this.#passing.set(pid, address);
    if (this.#passing.size > MAX_FORWARDS) this.#passing.delete(first(this.#passing));
  }

  delete(pid: PrivateSessionId): void {
    this.#passing.delete(pid);
    if (this.#all().delete(pid)) this.#storage.delete(PREFIX + pid);
  }

  #all(): Map<PrivateSessionId, ForwardingAddress> {
    if (this.#known === undefined) {
      const start = PREFIX.length;
      const entries = Array.from(this.#storage.list(PREFIX));
      this.#known = new Map(
        entries.map(([key, value]) => [key.slice(start), value as ForwardingAddress]),
      );
    }
    return this.#known;
  }
}

function first(map: ReadonlyMap<PrivateSessionId, unknown>): PrivateSessionId {
  return map.keys().next().value as PrivateSessionId;
}
