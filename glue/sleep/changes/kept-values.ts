import type { Connection } from "../../engine/connections/connection.ts";
import type { AtWork } from "../remaking/unkept.ts";
import type { Comparer } from "../values/comparer.ts";
import type { HiddenSearch } from "../values/hidden-properties.ts";

/** What the application keeps on one socket, as the change tracker needs it. */
export interface KeptValues {
  readonly conn: Connection;
  /** Which socket's it is, for messages. */
  readonly name: string;
  /** Whether middlewares or connection listeners of the socket may still be at work. */
  readonly isRegistering: boolean;
  /** Whether the socket is gone, so that nothing is kept any more. */
  readonly isGone: boolean;
  /** Whether what is there now is to be looked at: not what a replay writes, nor what is gone. */
  readonly isSettled: boolean;
  /** Whether the application has nothing in its hands that a look could find changed. */
  readonly isUntouched: boolean;
  /** While middlewares or connection listeners of the socket are at work: who makes things around it. */
  readonly atWork: AtWork | undefined;
  /** Written by the change tracker: its number of the last look. */
  _lookedAt: number;
  /** Written by the change tracker: whether it will look at this when the turn is over. */
  _isListed: boolean;
  /** Listeners of the client's events begin while these are at work: what there is by now, these have made. */
  noteMadeSoFar(): void;
  /** The listeners pause, or are done: what is new, they may have made. */
  noteMadeByEvents(): void;
  /** Whether it has changed since the last look. */
  hasChanged(comparer: Comparer): boolean;
  /** Searches for what no clone has. Returns how much was looked at. */
  searchHidden(search: HiddenSearch): number;
  /** What a sleep would lose of it is a reason to stay awake, as far as the last look and the last search tell. */
  reviewLost(): void;
  /** Does what `reviewLost` does, after a look and a search of its own. */
  reviewAllLost(): void;
}
