/**
 * What a socket's middlewares and connection listeners make that is more than data, and make again after a sleep: what of it
 * is theirs, what others have made meanwhile, and what a sleep would lose. `KeptState` says what there is.
 */
import type { Connection } from "../../engine/connections/connection.ts";
import { addedListeners, type ListenerList, listenersOf } from "../remaking/left-by-middlewares.ts";
import { type AtWork, type Before, BY_EVENTS, Unkept } from "../remaking/unkept.ts";
import { cloneableFormOf, LOST } from "../values/cloneable.ts";
import { isRefilledWhole, notRefilled } from "../values/refill.ts";
import type { KeptStateOwner, StateKeeper } from "./kept-state-owner.ts";
import { isInData, isRefillable } from "./state-names.ts";

/**
 * A part of `KeptState`, and no object of its own: there is one for each socket. Of a class with private methods each would
 * have a mark, so these are private to TypeScript.
 */
export abstract class MadeAgain {
  readonly owner: KeptStateOwner;
  protected readonly _sleep: StateKeeper;
  /** Whether there are reasons of this socket's to stay awake that were found here. */
  protected _hasLost = false;
  /** Made with the first that is not kept. */
  #unkept: Unkept | undefined;
  /** What others had put there before its middlewares and connection listeners: they do not make that again. */
  #unkeptBefore: Before;
  /** Its middlewares and connection listeners, while they make things around the socket. */
  #atWork: AtWork | undefined;
  /** The listeners of the connection before these. */
  #listenersBefore: ListenerList | undefined;
  /** Of the connection's listeners, those that these may have added. */
  #listeners: ListenerList | undefined;

  constructor(owner: KeptStateOwner, sleep: StateKeeper) {
    this.owner = owner;
    this._sleep = sleep;
  }

  abstract get conn(): Connection;
  abstract get isGone(): boolean;
  /** Whether anything is there that may not be data, or be hidden. */
  protected abstract get _mayHoldUnkept(): boolean;
  /** The objects of `data` and `handshake` that come back as they are. */
  protected abstract _keptObjects(): ReadonlySet<unknown>;
  protected abstract _lookForAll(): void;
  /** What is more than data, by name, as far as the last look and search tell. */
  protected abstract _unkeptNow(): Map<string, unknown>;
  /** What came back in part, and was not made again, is lost by now. */
  protected abstract _notePartial(): void;

  /** Middlewares and connection listeners begin: what is not kept of what is there now they do not make again. */
  beginRegistering(): void {
    this._lookForAll();
    if (this._mayHoldUnkept) this.#unkeptBefore = this._unkeptNow();
    this.beginAdmission();
  }

  /** The same for a new socket, on which nothing is yet. */
  beginAdmission(): void {
    this.#listenersBefore = listenersOf(this.conn);
    this.#atWork = { maker: this, before: this._sleep.changes.unkeptAround(this.conn) };
  }

  get atWork(): AtWork | undefined {
    return this.#atWork;
  }

  /** Calls its middlewares or connection listeners: until they pause, nobody else makes anything. */
  making(run: () => void): void {
    const { remaking } = this._sleep;
    const isAlone = this.#atWork === undefined || this.conn._goingOn === 0;
    if (!isAlone) this.noteMadeByEvents();
    if (remaking === undefined) run();
    else remaking.making(this, run);
    if (!isAlone && !this.isGone) this._noteMade({ maker: this, before: undefined }, []);
  }

  noteMadeSoFar(): void {
    this._noteMade({ maker: this, before: this.#unkeptBefore });
    this._noteListeners();
    if (this.#atWork !== undefined) this._sleep.remaking?.noteMade(this.conn, this.#atWork);
  }

  noteMadeByEvents(): void {
    this._noteMade(BY_EVENTS);
    this.#listenersBefore = listenersOf(this.conn);
    this._sleep.remaking?.noteMade(this.conn, BY_EVENTS);
  }

  /** What is not kept now, and was not before, is made by this one; or by the others, who are at work, too. */
  private _noteMade(made: AtWork, others = this.conn._goingOn > 0 ? [BY_EVENTS] : []): void {
    this._lookForAll();
    if (!this._mayHoldUnkept && this.#unkept === undefined) return;
    this._unkeptMade().noteMade(this._unkeptNow(), made, others);
  }

  private _unkeptMade(): Unkept {
    this.#unkept ??= new Unkept({
      isRefilled: isRefillable,
      notRefilled(name, value) {
        // So are most, and to see that costs less than a clone.
        if (isRefilledWhole(value)) return [];
        return isInData(name) && cloneableFormOf(value) === LOST ? [value] : notRefilled(value);
      },
      keptObjects: () => this._keptObjects(),
    });
    return this.#unkept;
  }

  /** Its socket has left its client's others: what it has made around them stays, and it makes it no more. */
  leave(): void {
    const { conn } = this;
    const { remaking } = this._sleep;
    if (this.#atWork === undefined) remaking?.forgetMaker(conn, this);
    else {
      this._noteListeners();
      remaking?.noteGone(conn, this.#atWork);
    }
    this.#atWork = undefined;
    for (const [event, listener] of this.#listeners ?? []) {
      if (conn.rawListeners(event).includes(listener as never))
        this._sleep.noteLeft(conn, event, listener);
    }
    this.#listeners = undefined;
  }

  /** Of the connection's listeners, those that were not there before are its own. */
  private _noteListeners(): void {
    const added = addedListeners(this.conn, this.#listenersBefore);
    this.#listenersBefore = undefined;
    if (added.length > 0) this.#listeners = [...(this.#listeners ?? []), ...added];
  }

  /** Middlewares and connection listeners are done: what is not kept now, and was not before, they make again. */
  noteRemade(): void {
    this._noteMade({ maker: this, before: this.#unkeptBefore });
    this._notePartial();
    if (this.#atWork !== undefined) {
      this._noteListeners();
      this._sleep.remaking?.noteMade(this.conn, this.#atWork);
    }
    this.#unkeptBefore = this.#atWork = undefined;
  }

  noteOthers(name: string, value: unknown): void {
    this.#unkeptBefore = new Map(this.#unkeptBefore).set(name, value);
  }

  /** What a sleep would lose of what is not kept is a reason to stay awake, as far as the last look and search tell. */
  protected _reviewUnkept(): void {
    if (!this._mayHoldUnkept && !this._hasLost) return;
    const names = this._unkeptMade().lost(this._unkeptNow());
    if (names.length === 0 && !this._hasLost) return;
    this._hasLost = names.length > 0;
    this._sleep.setLost(this.owner, this.owner._describe(), names);
  }
}
