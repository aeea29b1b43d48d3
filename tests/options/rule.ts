/** A sentence of docs/options.md, and what it means for a client. */
import type { Host } from "./hosts.ts";

export interface Rule {
  /** The sentence as the page has it, line breaks aside; several where one check shows them all. */
  says: string | readonly string[];
  /** Hosts where it does not apply, and why. */
  not?: Partial<Record<Host["name"], string>>;
  check(host: Host): Promise<void>;
}

/** Rules by the name of the option. */
export type Rules = Readonly<Record<string, readonly Rule[]>>;
