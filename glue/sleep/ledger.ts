/**
 * Knows what changed since it was kept last, and has the host keep that and nothing else.
 *
 * The core tells which connections changed. What applications hold (`data`, properties of sockets) tells
 * nothing: it is looked at (image.ts), whenever it may have changed:
 * - at the end of a turn, if its socket had an event or `data` was read in it;
 * - when an asynchronous listener of its socket settles;
 * - if `data` was ever read since the object woke, at the end of any turn, for others may hold it: with
 *   many such sockets no more often than a small share of the time allows, so that a message costs what
 *   it changes and not how many are there;
 * - shortly after `data` was read outside of events, where nobody tells when the code is done with it.
 */
import { DIAGNOSTICS } from "../common/features.ts";
import type { Connection } from "../engine/connection.ts";
import type { ConnectionSnapshot } from "../engine/host.ts";
import type { KeptConnection } from "../engine/keeper.ts";
import type { Runtime } from "../engine/runtime.ts";
import { isCloneError } from "./cloneable.ts";
import { Looker } from "./image.ts";
import type { KeptState } from "./kept-state.ts";
import { RareLooks } from "./rare-looks.ts";
import { namespacesOf, writePassing, writeSnapshot } from "./snapshot.ts";
import { hangsAny, type PackedHung, Surroundings } from "./surroundings.ts";

/** So many sockets are looked at with every turn. */
const FEW = 4;
/** Of more, so many for each millisecond since the last time. A look takes well below a microsecond. */
const LOOKS_PER_MILLISECOND = 50;
/** While asynchronous listeners run, what they do after the turn is looked for after so many milliseconds. */
const SOON = 5;
/** The same for code that nobody knows the end of. It keeps the object awake that long. */
const LATER = 250;

/** What of a connection was kept last. */
class Account {
  /** Another number whenever the glue's half of the snapshot may have changed. */
  revision = 0;
  /** The namespaces that the last snapshot held something of. */
  shape: string | undefined;
  /** Whether there are reasons of this connection's to stay awake. */
  hasLost = false;
  readonly #conn: Connection;
  #around: Surroundings | undefined;

  constructor(conn: Connection) {
    this.#conn = conn;
  }

  /** Made with the first that may hang there. */
  get around(): Surroundings {
    this.#around ??= new Surroundings(this.#conn);
    return this.#around;
  }

  /** Whether what is around its sockets is another than when it was looked at last. */
  hasAroundChanged(looker: Looker): boolean {
    const { _isHandedOut: isHandedOut, _details: details } = this.#conn;
    return isHandedOut ? this.around.hasChanged(looker) : details.hasChanged();
  }
}

export class Ledger {
  /** Whether anybody keeps anything, so that it matters what changes. */
  readonly isKept: boolean;
  readonly looker: Looker;
  readonly #runtime: Runtime;
  readonly #onLost: (connection: Connection, names: readonly string[]) => void;
  /** Connections that are to be kept when the turn is over. */
  readonly #changed = new Set<Connection>();
  /** To be looked at when the turn is over. */
  readonly #listed: KeptState[] = [];
  /** Whose `data` the application may hold. */
  readonly #held = new Set<KeptState>();
  /** For what is under symbols, of sockets that have nothing else. */
  readonly #forSymbols: RareLooks;
  /** Names of properties of which it was told that they are not kept. */
  readonly #told = new Set<string>();
  /** Counts the times of looking. What was looked at in this one has not changed since. */
  #look = 1;
  /** When all of them were looked at last. */
  #lookedAt = 0;
  /** Whether turns are to end when asynchronous listeners settle, whatever is kept of sockets. */
  #isWatched = false;
  /** Asynchronous listeners that run. */
  #unsettled = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the look is due that was put off last. */
  #laterAt = 0;

  /** `onLost` hears what of the surroundings of a connection's sockets a sleep would lose. */
  constructor(
    runtime: Runtime,
    onLost: (connection: Connection, names: readonly string[]) => void,
  ) {
    this.#runtime = runtime;
    this.#onLost = onLost;
    this.isKept = runtime.host.save !== undefined;
    this.looker = new Looker();
    this.#forSymbols = new RareLooks(
      () => runtime.turnStartedAt,
      (state) => {
        if (!state.isGone && state.hasSymbols) this.#lookAt(state);
      },
    );
  }

  /** Whether a timer of the ledger's keeps the object awake. */
  get isWaiting(): boolean {
    return this.#timer !== undefined || this.#forSymbols.isWaiting;
  }

  // --- what may have changed -----------------------------------------------------------------------

  /** The glue's half of the connection's snapshot changed. */
  noteChange(connection: Connection): void {
    if (!this.isKept) return;
    this.#accountOf(connection).revision += 1;
    this.#changed.add(connection);
    this.#runtime.endTurnSoon();
  }

  /** The socket of this state has an event. */
  noteEvent(state: KeptState): void {
    if (!this.isKept || state._isListed) return;
    state._isListed = true;
    this.#listed.push(state);
  }

  /** The application has `data`. */
  noteHandedOut(state: KeptState): void {
    this.noteEvent(state);
    this.#held.add(state);
    if (this.#runtime.isInTurn) return;
    this.#runtime.endTurnSoon();
    if (this.#unsettled === 0) this.#lookLater();
  }

  /** An asynchronous listener runs, of the socket of this state if it is one's. */
  noteListener(promise: PromiseLike<unknown>, state?: KeptState): void {
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
    let shape = "";
    for (const name of kept.sessions.keys()) shape += `${name},`;
    const account = this.#accountOf(connection);
    account.shape = shape;
    if (kept.around !== undefined) account.around.restore(kept.around as PackedHung);
    account.hasAroundChanged(this.looker);
  }

  /** The socket of this state is gone. */
  forgetState(state: KeptState): void {
    this.#held.delete(state);
  }

  /** The connection is over. */
  forget(connection: Connection): void {
    this.#changed.delete(connection);
  }

  /** Nothing of all this is there any more. */
  clear(): void {
    this.#changed.clear();
    for (const state of this.#listed.splice(0)) state._isListed = false;
    this.#held.clear();
    this.#forSymbols.clear();
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /**
   * Before a turn: which sockets' data has changed since the last one though nobody was to look at it
   * again. It is kept with this turn.
   */
  lateChanges(): string[] {
    if (!this.isKept || this.#unsettled > 0 || this.#timer !== undefined) return [];
    const late: string[] = [];
    for (const state of this.#held) {
      if (state._isListed || state.isGone || !state.hasChanged(this.looker)) continue;
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
    if (this.#held.size > 0) this.#lookAtHeld();
    this.#save();
    this.#look += 1;
  }

  #lookAtListed(): void {
    for (const state of this.#listed) {
      state._isListed = false;
      if (!state.isUntouched) this.#lookAt(state);
      else this.#forSymbols.add(state);
    }
    // One by one the list keeps its memory for the next turn; set to zero, it would give it back.
    while (this.#listed.length > 0) this.#listed.pop();
  }

  #lookAtHeld(): void {
    const { size } = this.#held;
    if (size > FEW) {
      const now = this.#runtime.now();
      const pause = size / LOOKS_PER_MILLISECOND;
      // A clock that was set back counts as one that went on.
      if (now >= this.#lookedAt && now - this.#lookedAt < pause) {
        this.#lookIn(Math.ceil(pause));
        return;
      }
      this.#lookedAt = now;
    }
    for (const state of this.#held) this.#lookAt(state);
    if (this.#unsettled > 0) this.#lookIn(SOON);
  }

  #lookAt(state: KeptState): void {
    if (state._lookedAt === this.#look || state.isGone) return;
    state._lookedAt = this.#look;
    const account = this.#accountOf(state.conn);
    const isChanged = state.hasChanged(this.looker);
    const isAroundChanged = account.hasAroundChanged(this.looker);
    state.reviewLost();
    this.#reviewLost(state.conn, account);
    if (!isAroundChanged && !isChanged) return;
    account.revision += 1;
    this.#changed.add(state.conn);
  }

  /** What a sleep would lose of what is around its sockets is a reason to stay awake. */
  #reviewLost(connection: Connection, account: Account): void {
    if (!connection._isHandedOut && !account.hasLost) return;
    const names = account.around.lost();
    if (names.length === 0 && !account.hasLost) return;
    account.hasLost = names.length > 0;
    this.#onLost(connection, names);
  }

  /** Looks for all that a sleep would lose, where nobody looks otherwise. */
  reviewAll(states: Iterable<KeptState>): void {
    for (const state of states) {
      const account = this.#accountOf(state.conn);
      account.hasAroundChanged(this.looker);
      state.reviewLost(true);
      this.#reviewLost(state.conn, account);
    }
  }

  /** A look of its own, unless one is to come anyway. */
  #lookIn(milliseconds: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const state of this.#held) this.#lookAt(state);
      this.#save();
      this.#look += 1;
    }, milliseconds);
  }

  /** The same, put off for as long as it is asked for. */
  #lookLater(): void {
    const at = this.#runtime.now() + LATER;
    if (this.#timer !== undefined) {
      if (this.#laterAt === at) return;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    this.#laterAt = at;
    this.#lookIn(LATER);
  }

  #save(): void {
    const runtime = this.#runtime;
    const changed = runtime._core.pollChanged();
    if (changed?.length === 1 && this.#changed.size === 0) {
      this.#saveOnly(runtime._table.get(changed[0] as number));
      return;
    }
    if (changed !== undefined) {
      for (const handle of changed) {
        const connection = runtime._table.get(handle);
        if (connection !== undefined) this.#changed.add(connection);
      }
    }
    if (this.#changed.size === 0) return;
    for (const connection of this.#changed) this.#saveIfOpen(connection);
    this.#changed.clear();
  }

  /** The usual case: without a set in between. */
  #saveOnly(connection: Connection | undefined): void {
    if (connection === undefined) return;
    try {
      this.#saveIfOpen(connection);
    } catch (error) {
      // It is tried again with the next turn.
      this.#changed.add(connection);
      throw error;
    }
  }

  #saveIfOpen(connection: Connection): void {
    if (connection.readyState === "open") this.#saveOne(connection);
  }

  #saveOne(connection: Connection): void {
    const { host } = this.#runtime;
    if (connection._transport.isFleeting) {
      // What is taken of its sessions goes into the journal of recovery, too.
      this.take(connection, true);
      return;
    }
    try {
      host.save?.(connection._transport, this.take(connection, false));
    } catch (error) {
      if (!isCloneError(error)) throw error;
      host.save?.(connection._transport, this.take(connection, true));
    }
  }

  // --- snapshots -----------------------------------------------------------------------------------

  /** Takes a snapshot. `isCareful`: leaves out what cannot be cloned. */
  take(connection: Connection, isCareful: boolean): ConnectionSnapshot {
    const runtime = this.#runtime;
    const account = this.#accountOf(connection);
    const sessions = runtime.namedSessions(connection);
    // This may find that more has changed.
    if (account.hasAroundChanged(this.looker)) account.revision += 1;
    const around = connection._isHandedOut
      ? account.around.keep((name) => this.#tellOfLost(connection, name))
      : undefined;
    const glue = writeSnapshot(connection, sessions, runtime.application, around, isCareful);
    const shape = namespacesOf(glue);
    if (shape !== account.shape) account.revision += 1;
    account.shape = shape;
    const core = runtime._core.snapshot(connection._handle);
    return { core, glue, passing: writePassing(connection), revision: account.revision };
  }

  /** The state goes into a snapshot now. */
  noteKept(state: KeptState): void {
    if (!this.isKept || state._lookedAt === this.#look) return;
    if (state.hasChanged(this.looker)) this.#accountOf(state.conn).revision += 1;
  }

  /** Middlewares and connection listeners are done: what of the surroundings is not kept they make again. */
  noteRemade(connection: Connection): void {
    if (!connection._isHandedOut) return;
    if (connection._account === undefined && !hangsAny(connection)) return;
    this.#accountOf(connection).around.noteRemade();
  }

  /** What is around the sockets of a connection. */
  surroundingsOf(connection: Connection): Surroundings {
    return this.#accountOf(connection).around;
  }

  #tellOfLost(connection: Connection, name: string): void {
    if (this.#told.has(name)) return;
    this.#told.add(name);
    const message = `socket.${name} of connection ${connection.id} is not kept`;
    if (DIAGNOSTICS) this.#runtime.debug?.("socket", message);
  }

  #accountOf(connection: Connection): Account {
    const known = connection._account as Account | undefined;
    if (known !== undefined) return known;
    const account = new Account(connection);
    connection._account = account;
    return account;
  }
}
