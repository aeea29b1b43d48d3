/**
 * What a replay has of its socket's state: a copy of `data`, and properties with guards, which undo what it writes. While
 * an asynchronous one pauses, what others do to all this is told from what it does.
 */

import type { KeptProperty } from "../guards/kept-properties.ts";
import type { PausedReplay } from "../guards/paused-replays.ts";
import { PropertyGuards } from "../guards/property-guards.ts";
import { unkeptIn } from "../remaking/unkept.ts";
import { isPlain } from "../values/containers.ts";
import { copyOf, putBack } from "../values/copy.ts";
import { dataPartOf, isData } from "../values/data-part.ts";
import type { OwnProperties } from "../values/properties.ts";
import { refill } from "../values/refill.ts";
import type { KeptStateOwner, StateKeeper } from "./kept-state-owner.ts";
import { SOCKET_PROPERTIES } from "./socket-properties.ts";

const NOTHING: ReadonlySet<string> = new Set();

/** The state, as far as a replay needs it. */
export interface ReplayedState {
  readonly owner: KeptStateOwner;
  readonly isGone: boolean;
  /** `data` as it is to be kept. */
  keptData: unknown;
  /** Whether code that does not run again has had `data`, and may hold it. */
  readonly isTaken: boolean;
  /** The application may hold `data` from now on. */
  handOut(): void;
  /** Others may hold `theirs`, which was `data` until now. */
  notePair(theirs: unknown): void;
  /** Others have put it there while its middlewares or connection listeners paused: these do not make it again. */
  noteOthers(name: string, value: unknown): void;
}

export class StateInReplay implements PausedReplay {
  readonly #state: ReplayedState;
  readonly #sleep: StateKeeper;
  /** What the replay sees of `data` instead. */
  #copy: { data: unknown } | undefined;
  /** What hangs on the socket is guarded. */
  readonly #guards: PropertyGuards | undefined;
  /** What hangs around it (on its request, connection and client) is until then. */
  readonly #releaseAround: (() => void) | undefined;
  /** What of the socket's properties was not kept before the turn of others that runs now. */
  #onSocketBefore: ReadonlyMap<string, unknown> | undefined;

  /** `properties`: what was kept of the socket. */
  constructor(state: ReplayedState, sleep: StateKeeper, properties: readonly KeptProperty[]) {
    this.#state = state;
    this.#sleep = sleep;
    const conn = this.#conn;
    // Most sockets have none: theirs is the usual replay.
    if (properties.length > 0) {
      const holders = sleep.changes.holders(sleep.gate, conn);
      this.#guards = new PropertyGuards(properties, holders);
      // What was kept in part seems to be missing.
      const isPartial = properties.some((property) => property.isPartial);
      if (isPartial || holders.areOthers()) this.#guards.watch();
    }
    this.#releaseAround = sleep.remaking?.guard(conn);
  }

  get #conn(): KeptStateOwner["_conn"] {
    return this.#state.owner._conn;
  }

  /** A copy of `data`, which lasts as long as the replay does. `hide`: takes out of it what seems to be missing. */
  copy(hide: (data: unknown) => void): { data: unknown } {
    if (this.#copy === undefined) {
      this.#copy = { data: copyOf(this.#state.keptData) };
      hide(this.#copy.data);
    }
    return this.#copy;
  }

  /** The replay pauses, and others run. */
  pause(): void {
    this.#guards?.pause();
    this.#sleep.changes.pausedReplays.add(this);
    if (this.#releaseAround !== undefined) this.#sleep.changes.surroundingsOf(this.#conn).pause();
  }

  /** Its dropping is over: what it wrote is undone, and the objects that it holds are the socket's. */
  end(): void {
    const state = this.#state;
    const { changes } = this.#sleep;
    changes.pausedReplays.delete(this);
    if (state.isTaken) this.#noteOthersInData();
    if (this.#copy === undefined) return;
    const theirs = state.keptData;
    // Objects of a class that the replay has made stay, with the data of before.
    state.keptData = refill(this.#copy.data, state.isTaken ? copyOf(theirs) : theirs);
    this.#copy = undefined;
    if (state.isTaken) state.notePair(theirs);
    // Its listeners hold it, and may change it from now on.
    state.handOut();
  }

  /** Properties are as others have them. */
  release(): void {
    this.#guards?.release();
    this.#releaseAround?.();
  }

  // --- what others do while it pauses -------------------------------------------------------------

  get isOver(): boolean {
    return this.#state.isGone;
  }

  /** What the replay has made in `data` others may hold by now: they find what was kept in it. */
  beforeOthers(): void {
    this.#onSocketBefore = this.#unkeptOnSocket();
    const remade = this.#remade();
    if (remade.length > 0) this.#state.handOut();
    for (const [key, made, kept] of remade) {
      (this.#copy?.data as OwnProperties)[key] = refill(made, copyOf(kept));
    }
  }

  /** What they have made of it is what counts; what they put there, the replay does not make again. */
  afterOthers(): void {
    for (const [key, made, kept] of this.#remade()) {
      // They may have put another there themselves.
      if (!isData(kept)) continue;
      (this.#state.keptData as OwnProperties)[key] = putBack(kept, copyOf(dataPartOf(made)));
    }
    for (const [name, value] of this.#unkeptOnSocket()) {
      if (this.#onSocketBefore?.get(name) !== value) this.#state.noteOthers(name, value);
    }
  }

  /** What the replay has written there is apart. */
  #noteOthersInData(): void {
    const { keptData: data } = this.#state;
    const others = new Map<string, unknown>();
    if (isPlain(data)) unkeptIn(data, NOTHING, "socket.data.", others);
    for (const [name, value] of others) this.#state.noteOthers(name, value);
  }

  #unkeptOnSocket(): Map<string, unknown> {
    const { owner } = this.#state;
    const values = new Map<string, unknown>();
    this.#sleep.changes.libraryReads.during(() =>
      unkeptIn(owner, SOCKET_PROPERTIES, "socket.", values),
    );
    return values;
  }

  /** The objects of a class that the replay has made in `data`, and what was kept of them. */
  #remade(): [key: string, made: unknown, kept: unknown][] {
    const made = this.#copy?.data;
    const { keptData: data } = this.#state;
    if (!isPlain(made) || !isPlain(data) || isData(made)) return [];
    const keys = Object.keys(made).filter((key) => Object.hasOwn(data, key) && !isData(made[key]));
    return keys.map((key) => [key, made[key], data[key]]);
  }
}
