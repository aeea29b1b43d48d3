/** A sentence of a protocol document, and what it means on the wire. */
import type { Wires } from "./wire.ts";

export interface Rule {
  /** The document's section, then what the sentence says. */
  sentence: string;
  check(wires: Wires): Promise<void>;
}
