/**
 * Knows what changed since it was kept last, and has the host keep that and nothing else.
 *
 * The core tells which connections changed. What applications hold (`data`, properties of sockets) tells
 * nothing: it is looked at (comparer.ts), whenever it may have changed:
 * - at the end of a turn, if its socket had an event or `data` was read in it;
 * - when an asynchronous listener of its socket settles;
 * - if `data` was ever read since the object woke, at the end of any turn, for others may hold it: with
 *   many such sockets no more often than a small share of the time allows, so that a message costs what
 *   it changes and not how many are there;
 * - shortly after `data` was read outside of events, where nobody tells when the code is done with it;
 * - all of it, and thoroughly, once after any turn, in time before the object may sleep: see sweep.ts.
 */
import { Timer } from "../../common/timers.ts";
import type { Connection } from "../../engine/connections/connection.ts";
import type { KeptConnection } from "../../engine/connections/keeper.ts";
import type { ConnectionSnapshot } from "../../engine/host/host.ts";
import type { Runtime } from "../../engine/runtime/runtime.ts";
import { LibraryReads } from "../guards/library-reads.ts";
import { PairedObjects } from "../guards/paired-objects.ts";
import { PausedReplays } from "../guards/paused-replays.ts";
import type { Holders } from "../guards/property-guards.ts";
import type { Around } from "../remaking/around.ts";
import { hasAddedProperties } from "../surroundings/added-properties.ts";
import { AroundSockets } from "../surroundings/around-sockets.ts";
import { Comparer } from "../values/comparer.ts";
import { HiddenSearch } from "../values/hidden-properties.ts";
import { type Account, ChangedConnections } from "./changed-connections.ts";
import type { KeptValues } from "./kept-values.ts";
import { LATER, PARTS_PER_MILLISECOND } from "./look-intervals.ts";
import { Sweep } from "./sweep.ts";

/** So many sockets are looked at with every turn; more, as often as their number allows. */
const FEW = 4;
/** While asynchronous listeners run, what they do after the turn is looked for after so many milliseconds. */
const SOON = 5;
/** To pass over so many connections that need no look costs as much as to look at one thing. */
const PASSED_PER_PART = 16;

export class ChangeTracker {
  /** Whether anybody keeps anything, so that it matters what changes: the host, or who sets this. */
  isKept: boolean;
  readonly comparer: Comparer;
  /** What others and listeners that ran again hold of the same. */
  #pairs: PairedObjects | undefined;
  /** Says when the library itself looks at what applications have. */
  readonly libraryReads = new LibraryReads();
  /** What is looked at while code that runs again pauses. */
  readonly pausedReplays = new PausedReplays((run) => this.#runtime.beforeInputs(run));
  /** For what nobody sees who looks. */
  readonly search = new HiddenSearch();
  /** What applications keep on the sockets that there are. Set by who has them. */
  states: () => Iterable<KeptValues> = () => [];
  /** The same of one connection's sockets. */
  statesOf: (connection: Connection) => Iterable<KeptValues> = () => [];
  readonly #runtime: Runtime;
  readonly #state: { searchHidden(search: HiddenSearch): number } | undefined;
  readonly #sweep: Sweep;
  readonly #onLost: (connection: Connection, names: readonly string[]) => void;
  /** Those that are to be kept when the turn is over. */
  readonly #connections: ChangedConnections;
  /** To be looked at when the turn is over. */
  readonly #listed: KeptValues[] = [];
  /** Whose `data` the application may hold. */
  readonly #held = new Set<KeptValues>();
  /** Counts the times of looking. What was looked at in this one has not changed since. */
  #look = 1;
  /** When all of them were looked at last. */
  #lookedAt = 0;
  /** Whether turns are to end when asynchronous listeners settle, whatever is kept of sockets. */
  #isWatched = false;
  /** Asynchronous listeners that run. */
  #unsettled = 0;
  readonly #timer = new Timer();
  /** When the look is due that was put off last. */
  #laterAt = 0;

  /**
   * `state`: what belongs to the server and no client, of which only what is hidden is looked for here. `onLost` hears
   * what of the surroundings of a connection's sockets a sleep would lose.
   */
  constructor(
    runtime: Runtime,
    state: { searchHidden(search: HiddenSearch): number } | undefined,
    onLost: (connection: Connection, names: readonly string[]) => void,
  ) {
    this.#state = state;
    this.#sweep = new Sweep({
      now: () => runtime.turnStartedAt,
      everything: () => this.#lookAtEverything(),
      onPause: () => this.#endLook(),
    });
    this.#runtime = runtime;
    this.#onLost = onLost;
    this.isKept = runtime.host.save !== undefined;
    this.comparer = new Comparer();
    this.#connections = new ChangedConnections(runtime, this.comparer, this.libraryReads);
  }

  /** Whether a timer of the change tracker's keeps the object awake. */
  get isWaiting(): boolean {
    return this.#timer.isSet || this.#sweep.isWaiting;
  }

  // --- what may have changed -----------------------------------------------------------------------

  /** The glue's half of the connection's snapshot changed. */
  noteChange(connection: Connection): void {
    if (!this.isKept) return;
    this.#connections.note(connection);
    this.#runtime.endTurnSoon();
  }

  /** What changed of it before is kept. Without a turn: nothing has happened that a look at everything would be due for. */
  keepAgain(connection: Connection): void {
    this.#connections.add(connection);
    this.#endLook();
  }

  /** The socket of this state has an event. */
  noteEvent(state: KeptValues): void {
    if (this.#pairs !== undefined && this.#pairs.count <= FEW) this.#pairs.unite();
    if (!this.isKept || state._isListed) return;
    state._isListed = true;
    this.#listed.push(state);
  }

  /** Who has what hangs on sockets of a connection and around them, while code runs again. */
  holders(gate: { readonly isDropping: boolean }, connection: Connection): Holders {
    const { _isHeld: isHeld } = connection;
    return {
      runner: () => {
        if (this.libraryReads.isOn) return "library";
        return gate.isDropping ? "repeated" : "others";
      },
      areOthers: () => isHeld || this.#unsettled > 0,
      isOver: () => connection.readyState !== "open",
      pausedReplays: this.pausedReplays,
      onPair: (ours, theirs) => this.addPair(ours, theirs),
    };
  }

  /** Of one value others hold `theirs`, and listeners that ran again `ours`. */
  addPair(ours: unknown, theirs: unknown): void {
    this.#pairs ??= new PairedObjects(this.comparer);
    this.#pairs.add(ours, theirs);
  }

  /** The application has `data`. */
  noteHandedOut(state: KeptValues): void {
    this.noteEvent(state);
    this.#held.add(state);
    if (this.#runtime.isInTurn) return;
    this.#runtime.endTurnSoon();
    if (this.#unsettled === 0) this.#lookLater();
  }

  /** An asynchronous listener runs, of the socket of this state if it is one's. */
  noteListener(promise: PromiseLike<unknown>, state?: KeptValues): void {
    if (!this.isKept && !this.#isWatched) return;
    this.#unsettled += 1;
    const settled = (): void => {
      this.#unsettled -= 1;
      if (state !== undefined && !state.isGone) this.noteEvent(state);
      this.#runtime.endTurnSoon();
    };
    promise.then(settled, settled);
  }

  /** From now on a turn ends whenever an asynchronous listener settles, for others than sockets, too. */
  watchListeners(): void {
    this.#isWatched = true;
  }

  /** The connection was restored from this. */
  noteRestored(connection: Connection, kept: KeptConnection): void {
    if (kept.around === undefined) return;
    const account = this.#connections.accountOf(connection);
    account.around.restore(kept.around);
    account.hasAroundChanged(this.comparer);
  }

  /** The socket of this state is gone. */
  forgetState(state: KeptValues): void {
    this.#held.delete(state);
  }

  /** The connection is over. */
  forget(connection: Connection): void {
    this.#connections.delete(connection);
  }

  /** Nothing of all this is there any more. */
  clear(): void {
    this.#connections.clear();
    for (const state of this.#listed.splice(0)) state._isListed = false;
    this.#held.clear();
    this.#timer.stop();
    this.#sweep.stop();
  }

  /**
   * Before a turn: which sockets' data has changed since the last one though nobody was to look at it
   * again. It is kept with this turn.
   */
  lateChanges(): string[] {
    // Only the log asks.
    if (typeof DORMOUSE_DIAGNOSTICS !== "undefined" && !DORMOUSE_DIAGNOSTICS) return [];
    if (!this.isKept || this.#unsettled > 0 || this.#timer.isSet) return [];
    const late: string[] = [];
    for (const state of this.#held) {
      if (state._isListed || state.isGone || !state.hasChanged(this.comparer)) continue;
      this.noteChange(state.conn);
      late.push(state.name);
    }
    return late;
  }

  // --- the end of a turn ---------------------------------------------------------------------------

  /** Hands the snapshots of the connections that changed to the host. */
  endTurn(): void {
    if (!this.isKept) return;
    if (this.#listed.length > 0) this.#lookAtListed();
    if (this.#held.size > 0 || this.#pairs !== undefined) this.#lookAtHeld();
    this.#sweep.noteTurn();
    this.#endLook();
  }

  /** What was looked at is kept, and may change again. */
  #endLook(): void {
    this.#connections.save();
    this.#look += 1;
  }

  #lookAtListed(): void {
    for (const state of this.#listed) {
      state._isListed = false;
      if (!state.isUntouched) this.#lookAt(state);
    }
    // One by one the list keeps its memory for the next turn; set to zero, it would give it back.
    while (this.#listed.length > 0) this.#listed.pop();
  }

  #lookAtHeld(): void {
    const size = this.#held.size + (this.#pairs?.count ?? 0);
    if (size > FEW) {
      const now = this.#runtime.now();
      const pause = size / PARTS_PER_MILLISECOND;
      // A clock that was set back counts as one that went on.
      if (now >= this.#lookedAt && now - this.#lookedAt < pause) {
        this.#lookIn(Math.ceil(pause));
        return;
      }
      this.#lookedAt = now;
    }
    this.#lookAtAllHeld();
    if (this.#unsettled > 0) this.#lookIn(SOON);
  }

  #lookAtAllHeld(): void {
    this.#pairs?.unite();
    for (const state of this.#held) this.#lookAt(state);
  }

  #lookAt(state: KeptValues): void {
    if (state._lookedAt === this.#look || state.isGone) return;
    state._lookedAt = this.#look;
    const account = this.#connections.accountOf(state.conn);
    const isChanged = state.hasChanged(this.comparer);
    const isAroundChanged = account.hasAroundChanged(this.comparer);
    // What middlewares and connection listeners have made is known as theirs once they are done.
    if (!state.isRegistering) {
      state.reviewLost();
      this.#reviewLost(state.conn, account);
    }
    if (!isAroundChanged && !isChanged) return;
    this.#connections.note(state.conn);
  }

  /** What a sleep would lose of what is around its sockets is a reason to stay awake. */
  #reviewLost(connection: Connection, account: Account): void {
    if (!connection._isHandedOut && !account.hasLost) return;
    const names = account.around.lost();
    if (names.length === 0 && !account.hasLost) return;
    account.hasLost = names.length > 0;
    this.#onLost(connection, names);
  }

  /** Everything that the application may have in its hands. Yields how much each was. */
  *#lookAtEverything(): Generator<number, void> {
    this.#pairs?.unite();
    yield this.#pairs?.count ?? 0;
    for (const state of this.states()) yield this.#lookThoroughly(state);
    let passed = 0;
    for (const connection of this.#runtime._table.each()) {
      const { _isHandedOut: isHandedOut, _details: details } = connection;
      if (isHandedOut || details.isRead) yield this.#lookAround(connection);
      else if (++passed % PASSED_PER_PART === 0) yield 1;
    }
    if (this.#state !== undefined) yield this.#state.searchHidden(this.search);
  }

  /** Returns how much there was to look at. */
  #lookThoroughly(state: KeptValues): number {
    if (!state.isSettled) return 1;
    const parts = state.searchHidden(this.search);
    const isLookedAt = state._lookedAt === this.#look;
    if (!isLookedAt && !state.isUntouched) this.#lookAt(state);
    if (!state.isRegistering) state.reviewLost();
    return parts;
  }

  /** The same of what is around the sockets of a connection, be there any of them or not. */
  #lookAround(connection: Connection): number {
    if (connection.readyState !== "open") return 1;
    const account = this.#connections.accountOf(connection);
    if (account.hasAroundChanged(this.comparer)) {
      this.#connections.note(connection);
    }
    if (connection._registering > 0) return 1;
    const parts = account.around.searchHidden(this.search);
    this.#reviewLost(connection, account);
    return parts;
  }

  /** Looks for all that a sleep would lose, where nobody looks otherwise. */
  reviewAll(): void {
    for (const state of this.states()) state.reviewAllLost();
    for (const connection of this.#runtime._table.each()) {
      if (!connection._isHandedOut || connection.readyState !== "open") continue;
      const account = this.#connections.accountOf(connection);
      if (account.hasAroundChanged(this.comparer)) this.noteChange(connection);
      account.around.searchHidden(this.search);
      this.#reviewLost(connection, account);
    }
    this.#state?.searchHidden(this.search);
  }

  /** A look of its own, unless one is to come anyway. */
  #lookIn(milliseconds: number): void {
    this.#timer.set(() => {
      this.#lookAtAllHeld();
      this.#endLook();
    }, milliseconds);
  }

  /** A look of its own, put off whenever it is asked for again. */
  #lookLater(): void {
    const at = this.#runtime.now() + LATER;
    if (this.#timer.isSet && this.#laterAt === at) return;
    this.#timer.stop();
    this.#laterAt = at;
    this.#lookIn(LATER);
  }

  // --- snapshots -----------------------------------------------------------------------------------

  /** Takes a snapshot, without what cannot be cloned. */
  takeCloneable(connection: Connection): ConnectionSnapshot {
    return this.#connections.takeCloneable(connection);
  }

  /** The state goes into a snapshot now. */
  noteKept(state: KeptValues): void {
    if (!this.isKept || state._lookedAt === this.#look) return;
    if (state.hasChanged(this.comparer)) this.#connections.accountOf(state.conn).revision += 1;
  }

  /** What is around the sockets of a connection now that is not kept, by name; undefined if nothing is. */
  unkeptAround(connection: Connection): ReadonlyMap<string, unknown> | undefined {
    return this.searchedAround(connection)?.unkept();
  }

  /** What is around the sockets of a connection, searched for what nobody sees; undefined if there is nothing. */
  searchedAround(connection: Connection): Around | undefined {
    if (!connection._isHandedOut) return undefined;
    const hangsNothing = connection._account === undefined && !hasAddedProperties(connection);
    if (hangsNothing && !AroundSockets.hidesAny(connection, this.search)) return undefined;
    const { around } = this.#connections.accountOf(connection);
    around.searchHidden(this.search);
    return around;
  }

  /** What is around the sockets of a connection. */
  surroundingsOf(connection: Connection): Around {
    return this.#connections.accountOf(connection).around;
  }
}
