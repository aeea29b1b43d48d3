/** Something that a client which polls may do, and must see the same of on every host as with `socket.io`. */
import type { Host, HostName } from "./hosts.ts";

export interface Rule {
  name: string;
  /** Hosts where it cannot be, and why. */
  not?: Partial<Record<HostName, string>>;
  /** What is to be seen, where `socket.io` shows something else. */
  expects?: unknown;
  /** Gives what was seen. */
  see(host: Host): Promise<unknown>;
}

const BLIND = "the platform does not tell that a client has gone in the middle of a request";

/** For what only a host tells that sees clients go. */
export const NEEDS_ABORTS = {
  "Durable Objects": BLIND,
  PartyServer: BLIND,
  PartyKit: BLIND,
} as const;

/** Waits until something is so. */
export async function eventually<T>(probe: () => Promise<T | undefined | false>): Promise<T> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    const value = await probe();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error("waited in vain");
}
