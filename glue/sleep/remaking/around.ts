/** What `remaking.ts` and the change tracker need of what hangs around a client's sockets: on the request, `conn` and `client`. */

import type { Holders } from "../guards/property-guards.ts";
import type { Comparer } from "../values/comparer.ts";
import type { HiddenSearch } from "../values/hidden-properties.ts";
import type { AtWork } from "./unkept.ts";

/** What is done about it for a connection. */
export interface Around {
  /** Whether anything of it came back in part and was not made again yet. */
  readonly isPartial: boolean;
  /** Brings back what `keep` gave. */
  restore(kept: unknown): void;
  /** What is to be kept. `onLost` hears of what cannot be. */
  keep(onLost: (name: string) => void): unknown;
  /** The properties of which more is there than is kept, by name. */
  unkept(): ReadonlyMap<string, unknown>;
  /** What is not kept now `made.maker` makes again after a sleep: see `Unkept.noteMade`. */
  noteMade(made: AtWork, others: readonly AtWork[]): void;
  /** It is gone: what nobody else makes again, a sleep would lose. */
  forgetMaker(maker: object): void;
  /** Searches for what no clone has. Returns how much was looked at. */
  searchHidden(search: HiddenSearch): number;
  /** The names of what a sleep would lose. */
  lost(): readonly string[];
  /**
   * Code runs again, until what is returned is called: what it does to what was kept counts for nothing, and what came
   * back in part seems to be missing to it.
   */
  guard(holders: Holders): () => void;
  /** The code pauses, and others run. */
  pause(): void;
  /** Whether it is another than when it was looked at last, or the request is. */
  hasChanged(comparer: Comparer): boolean;
}
