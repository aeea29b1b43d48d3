/** Something that a client which polls may do, and must see the same of on every host as with `socket.io`. */
import type { Host } from "./hosts.ts";

export interface Rule {
  name: string;
  /** Hosts where it cannot be, and why. */
  not?: (host: Host) => string | false;
  /** What is to be seen, where `socket.io` shows something else. */
  expects?: unknown;
  /** Gives what was seen. */
  see(host: Host): Promise<unknown>;
}

/** For what only a host tells that sees clients go. */
export const needsAborts = (host: Host): string | false => {
  return host.seesAborts ? false : "the platform does not tell that a client has gone";
};

/** Waits until something is so. */
export async function eventually<T>(probe: () => Promise<T | undefined | false>): Promise<T> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const value = await probe();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error("waited in vain");
}
