/**
 * What the application keeps on a socket: `data`, and properties of its own (`socket.username = …`). The
 * change tracker is told when it was in the application's hands, and looks whether it has changed.
 */
import { NONE } from "../../core/abi.gen.ts";
import type { Connection } from "../../engine/connections/connection.ts";
import type { KeptValues } from "../changes/kept-values.ts";
import {
  DeletedProperties,
  type KeptProperty,
  keptPropertiesOf,
  noteDeleted,
} from "../guards/kept-properties.ts";
import { type Weakly, weakly } from "../guards/paired-objects.ts";
import { unkeptIn } from "../remaking/unkept.ts";
import type { Lent } from "../replay/gate.ts";
import type { SavedSocket } from "../snapshot/saved-socket.ts";
import { isEmptyObject } from "../values/cloneable.ts";
import { type Comparer, undoOf } from "../values/comparer.ts";
import { isPlain } from "../values/containers.ts";
import { copyOf } from "../values/copy.ts";
import { isData } from "../values/data-part.ts";
import { type HiddenSearch, isHidden } from "../values/hidden-properties.ts";
import type { OwnProperties } from "../values/properties.ts";
import { type Holder, objectsIn } from "../values/shared-objects.ts";
import {
  type KeptHandshake,
  type KeptStateOwner,
  refuseUncloneable,
  type StateKeeper,
} from "./kept-state-owner.ts";
import { MadeAgain } from "./made-again.ts";
import { hasOwnProperties, ownProperties, SOCKET_PROPERTIES } from "./socket-properties.ts";
import { type ReplayedState, StateInReplay } from "./state-in-replay.ts";
import { DATA, IN_DATA, IN_HANDSHAKE, isRefillable, ON_SOCKET } from "./state-names.ts";

const NOTHING: ReadonlySet<string> = new Set();

export class KeptState extends MadeAgain implements Holder, Lent, KeptValues, ReplayedState {
  #data: unknown;
  /** Gives `data` back as it was before code that is dropped had it. */
  #lent: (() => unknown) | undefined;
  /** What its replay has of it. */
  #inReplay: StateInReplay | undefined;
  /** Whether code that does not run again has had `data`, and may hold it. */
  isTaken = false;
  /** Whether the application may hold `data`, and change it any time. */
  #isHeld = false;
  #dataImage: unknown;
  #ownImage: unknown;
  #authImage: unknown;
  #handshakeImage: unknown;
  /** Whether there may be bytes in `data`, in the properties, and in what the application made of `handshake`. */
  #mayHoldBytes = true;
  #ownHoldsBytes = false;
  #handshakeHoldsBytes = false;
  /** Whether there was more than data in `data` at the last look. */
  #mayHoldMore = false;
  /** What no clone of it all has, at the last search, by name. */
  #hidden: ReadonlyMap<string, unknown> | undefined;
  /** What of `data` another socket has as well, at the last search, and at the last review. */
  #shared: string | undefined;
  #toldShared: string | undefined;
  /** What was `data` before its replay, which others may hold. */
  #theirs: Weakly | undefined;
  /** Names of what is more than data, in `data` and `handshake`, and is made again. */
  #partial: readonly string[] | undefined;
  /** Whether its connection listeners run again: what they write is undone. */
  #isReplaying = false;
  /** Whether there may have been more than data in `handshake` at the last look. */
  #mayHoldMoreInHandshake = false;
  /** Whether the application had set properties on the socket at the last look. */
  #hasOwn = false;
  /** Which of the socket's properties were deleted, and of its `handshake`'s. */
  #deleted: DeletedProperties | undefined;
  /** @internal */
  _lookedAt = 0;
  /** @internal */
  _isListed = false;

  /** What was kept, if it was. */
  constructor(
    owner: KeptStateOwner,
    sleep: StateKeeper,
    kept: Pick<SavedSocket, "data" | "own" | "partial" | "deleted" | "handshake">,
  ) {
    super(owner, sleep);
    const { data = {}, own } = kept;
    this.#data = data;
    this.#partial = kept.partial;
    if (kept.deleted !== undefined) this.#deleted = new DeletedProperties(kept.deleted);
    if (kept.handshake !== undefined) {
      this.#handshakeImage = sleep.changes.comparer.compare(kept.handshake, undefined);
      this.#handshakeHoldsBytes = sleep.changes.comparer.hasBytes;
    }
    if (own === undefined) return;
    Object.assign(owner, own);
    this.#ownImage = sleep.changes.comparer.compare(own, undefined);
    this.#ownHoldsBytes = sleep.changes.comparer.hasBytes;
  }

  get conn(): Connection {
    return this.owner._conn;
  }

  get keptWith(): Connection {
    return this.owner._conn;
  }

  /** Which socket's it is, for messages. */
  get name(): string {
    return this.owner._describe();
  }

  /** Whether its middlewares or connection listeners may still be at work. */
  get isRegistering(): boolean {
    return this.owner._isRegistering;
  }

  /** Whether its socket is gone, so that nothing is kept any more. */
  get isGone(): boolean {
    return this.owner._session === NONE;
  }

  /** `socket.data`, for the code that is running. */
  get data(): unknown {
    const { gate } = this._sleep;
    if (gate.isRepeating) {
      const copy = this.#copyNow();
      if (copy !== undefined) return copy.data;
      if (this.#isLentNow()) return this.#data;
    }
    this.isTaken = true;
    this.handOut();
    return this.#data;
  }

  /** Throws for what cannot be cloned, where the object sleeps. */
  set data(value: unknown) {
    if (this._sleep.mustClone) refuseUncloneable(value, this.owner);
    const { gate } = this._sleep;
    if (gate.isRepeating) {
      const copy = this.#copyNow();
      if (copy !== undefined) {
        copy.data = value;
        return;
      }
      this.#isLentNow();
    }
    this.isTaken = true;
    // The image is that of what was there before.
    this.handOut();
    this.#data = value;
  }

  /** `data` as it is to be kept, whoever asks. */
  get keptData(): unknown {
    return this.#data;
  }

  set keptData(data: unknown) {
    this.#data = data;
  }

  get holds(): unknown {
    return [this.#data, this.#theirs?.deref()];
  }

  /** Names of what a replay is to miss, so that code makes it again that asks whether it is there. */
  get keptPartial(): readonly string[] | undefined {
    if (this.#partial === undefined || this.owner._replay !== undefined) return this.#partial;
    // It may be data by now.
    const values = this._unkeptNow();
    const partial = this.#partial.filter((name) => values.has(name));
    return partial.length > 0 ? partial : undefined;
  }

  /** The application's properties that can be kept; undefined if there are none. */
  keptOwn(onLost: (key: string) => void): OwnProperties | undefined {
    return this._sleep.changes.libraryReads.during(() => ownProperties(this.owner, onLost));
  }

  /** What of `handshake` is to be kept, beside what the request tells; undefined if that is nothing. */
  get keptHandshake(): OwnProperties | undefined {
    return this._sleep.changes.libraryReads.during(() => this.owner._handshakeChanges());
  }

  /** The names of properties that the replay is not to bring back; undefined if there are none. */
  get keptDeleted(): readonly string[] | undefined {
    return this.#deleted?.kept;
  }

  /** Whether there may be bytes in what is to be kept. */
  get mayHoldBytes(): boolean {
    const { isKept } = this._sleep.changes;
    return this.#mayHoldBytes || this.#ownHoldsBytes || this.#handshakeHoldsBytes || !isKept;
  }

  /** Whether there is more than data in `data`. */
  get holdsMore(): boolean {
    return !isEmptyObject(this.#data) && !isData(this.#data);
  }

  /** Whether there is anything that a sleep would lose if nobody made it again. */
  holdsUnkept(search: HiddenSearch): boolean {
    this._lookForAll(search);
    return this.#mayHoldMore || this._unkeptNow().size > 0;
  }

  /** Whether what is there now is to be looked at: not what a replay writes, nor what is gone. */
  get isSettled(): boolean {
    return !this.#isReplaying && !this.isGone;
  }

  /** Searches for what no clone has. Returns how much was looked at. */
  searchHidden(search: HiddenSearch): number {
    const handshake = this.owner._keptHandshake();
    const theirs = this.#theirs?.deref();
    search.begin();
    // What nobody has ever had hides nothing.
    if (this.#isHeld) {
      search.heldBy(this, () => {
        if (isPlain(this.#data)) search.lookOn(this.#data, NOTHING, DATA);
        else search.lookInside(this.#data, DATA);
        search.lookInside(theirs, DATA);
      });
    }
    // Who has a part of it holds only that. Mostly nobody has, or had at the last search.
    if (theirs !== undefined && (this.#shared ?? search.shared) !== undefined) {
      this.#theirs = search.shared === undefined ? weakly(theirs) : { deref: () => theirs };
    }
    this.#shared = search.shared;
    this.#hasOwn = search.lookOn(this.owner, SOCKET_PROPERTIES, "socket");
    if (handshake !== undefined) search.lookOn(handshake.whole, NOTHING, "socket.handshake");
    this.#hidden = search.found;
    return search.parts;
  }

  /** The objects of `data` and `handshake` that come back as they are. */
  protected _keptObjects(): ReadonlySet<unknown> {
    const roots = [this.#data, this.owner._keptHandshake()?.whole];
    const parts = roots
      .flatMap((root) => (isPlain(root) ? Object.values(root) : []))
      .filter(isData);
    return new Set([...roots, ...objectsIn(parts)]);
  }

  /** What came back in part, and was not made again, is lost by now. */
  protected _notePartial(): void {
    // Mostly there is nothing.
    if (!this._mayHoldUnkept && this.#partial === undefined) return;
    const values = this._unkeptNow();
    for (const name of this.#partial ?? []) {
      if (!values.has(name)) this._sleep.tellOfPart(name, this.owner);
    }
    const isPartial = (name: string): boolean =>
      name !== DATA && !isHidden(name) && isRefillable(name);
    const partial = [...values.keys()].filter(isPartial);
    this.#partial = partial.length > 0 ? partial : undefined;
  }

  /** Takes what is there in part out of an object whose properties have these names. */
  #hidePartial(object: unknown, prefix: string): void {
    if (!isPlain(object)) return;
    for (const name of this.#partial ?? []) {
      if (name.startsWith(prefix)) delete object[name.slice(prefix.length)];
    }
  }

  /** What a sleep would lose of it is a reason to stay awake, as far as the last look and the last search tell. */
  reviewLost(): void {
    if (this.#shared !== this.#toldShared) {
      this.#toldShared = this.#shared;
      this._sleep.setShared(this.owner, this.#shared);
    }
    this._reviewUnkept();
  }

  /** Looks at everything, and reports what a sleep would lose. For hosts that look at no other time. */
  reviewAllLost(): void {
    if (!this.isSettled) return;
    this._lookForAll();
    this.reviewLost();
  }

  /** Whether anything is there that may not be data, or be hidden. */
  protected get _mayHoldUnkept(): boolean {
    return (
      this.#mayHoldMore ||
      this.#hasOwn ||
      this.#mayHoldMoreInHandshake ||
      this.#hidden !== undefined
    );
  }

  protected _lookForAll(search = this._sleep.changes.search): void {
    this.#mayHoldMore = this.holdsMore;
    const handshake = this.owner._keptHandshake();
    this.#mayHoldMoreInHandshake = handshake?.changes !== undefined || !isData(handshake?.auth);
    this.searchHidden(search);
  }

  protected _unkeptNow(): Map<string, unknown> {
    return this._sleep.changes.libraryReads.during(() => this.#unkeptOf(new Map(this.#hidden)));
  }

  #unkeptOf(values: Map<string, unknown>): Map<string, unknown> {
    unkeptIn(this.owner, SOCKET_PROPERTIES, "socket.", values);
    if (this.#mayHoldMore) {
      const data = this.#data;
      if (isPlain(data) || Array.isArray(data)) unkeptIn(data, NOTHING, IN_DATA, values);
      else values.set(DATA, data);
    }
    if (this.#mayHoldMoreInHandshake) {
      unkeptIn(this.owner._keptHandshake()?.whole, NOTHING, IN_HANDSHAKE, values);
    }
    return values;
  }

  /**
   * Whether the application has nothing in its hands that a look could find changed, as with most sockets: asked
   * with every event, for it is less than a look. But for what is hidden: see `searchHidden`.
   */
  get isUntouched(): boolean {
    const owner = this.owner;
    const { _isHandedOut: isHandedOut, _details: details } = owner._conn;
    return !(
      this.#isHeld ||
      this.#mayHoldMore ||
      this._hasLost ||
      isHandedOut ||
      details.isRead ||
      this.#ownImage !== undefined ||
      owner._keptHandshake() !== undefined ||
      hasOwnProperties(owner)
    );
  }

  /** Whether anything that is kept has changed since the last look. */
  hasChanged(comparer: Comparer): boolean {
    const hasChanged = this.#isReplaying
      ? this._sleep.changes.libraryReads.during(() => this.#look(comparer))
      : this.#look(comparer);
    if (hasChanged) this.owner._noteChanged();
    return hasChanged;
  }

  #look(comparer: Comparer): boolean {
    let hasChanged = false;
    if (this.#isHeld) {
      this.#dataImage = comparer.compare(this.#data, this.#dataImage);
      hasChanged = comparer.hasChanged;
      this.#mayHoldBytes = comparer.hasBytes;
      this.#mayHoldMore = comparer.holdsMore;
    }
    const handshake = this.owner._keptHandshake();
    if (handshake !== undefined && this.#hasHandshakeChanged(handshake, comparer))
      hasChanged = true;
    this.#hasOwn = hasOwnProperties(this.owner);
    if (this.#ownImage === undefined && !this.#hasOwn) return hasChanged;
    const own = ownProperties(this.owner);
    this.#deleted = noteDeleted(this.#deleted, this.#ownImage, own, ON_SOCKET);
    this.#ownImage = comparer.compare(own, this.#ownImage);
    this.#ownHoldsBytes = comparer.hasBytes;
    return hasChanged || comparer.hasChanged;
  }

  #hasHandshakeChanged({ auth, changes }: KeptHandshake, comparer: Comparer): boolean {
    this.#authImage = comparer.compare(auth, this.#authImage);
    const { hasChanged } = comparer;
    this.#mayHoldMoreInHandshake = changes !== undefined || comparer.holdsMore;
    if (changes === undefined && this.#handshakeImage === undefined) return hasChanged;
    this.#deleted = noteDeleted(this.#deleted, this.#handshakeImage, changes, IN_HANDSHAKE);
    this.#handshakeImage = comparer.compare(changes, this.#handshakeImage);
    this.#handshakeHoldsBytes = comparer.hasBytes;
    return hasChanged || comparer.hasChanged;
  }

  /** A replay begins. What it sees of `data` is a copy. */
  beginReplay(): void {
    this.#isReplaying = true;
    this.#inReplay = new StateInReplay(this, this._sleep, this.#keptProperties());
  }

  /** What is kept of the socket and its `handshake`, and what the replay is not to bring back. */
  #keptProperties(): readonly KeptProperty[] {
    const owner = this.owner;
    const properties = ownProperties(owner);
    const changes = owner._handshakeChanges();
    if (properties === undefined && changes === undefined && this.#deleted === undefined) return [];
    const own = copyOf(properties) as OwnProperties | undefined;
    const handshake = copyOf(changes) as OwnProperties | undefined;
    const onSocket = (): object => owner;
    const onHandshake = (): object => owner.handshake;
    const isPartial = (key: string): boolean =>
      this.#partial?.includes(IN_HANDSHAKE + key) === true;
    return [
      ...keptPropertiesOf(own, onSocket, () => false),
      ...keptPropertiesOf(handshake, onHandshake, isPartial),
      ...(this.#deleted?.of(ON_SOCKET, onSocket) ?? []),
      ...(this.#deleted?.of(IN_HANDSHAKE, onHandshake) ?? []),
    ];
  }

  /** The replay pauses, and others run. */
  pauseReplay(): void {
    this.#inReplay?.pause();
  }

  /** Its dropping is over: what it wrote is undone, and the objects that it holds are the socket's. */
  endReplay(): void {
    this.#inReplay?.end();
    this.#isReplaying = false;
    this.#inReplay?.release();
    this.#inReplay = undefined;
  }

  notePair(theirs: unknown): void {
    this._sleep.changes.addPair(this.#data, theirs);
    if (typeof theirs === "object" && theirs !== null) this.#theirs = weakly(theirs);
  }

  /** @internal Code that was lent `data` pauses: it is as before. */
  _takeBack(): void {
    const lent = this.#lent;
    if (lent === undefined) return;
    this.#lent = undefined;
    this.#data = lent();
  }

  /** Within its own replay: a copy, which lasts as long as the replay does. */
  #copyNow(): { data: unknown } | undefined {
    const { _replay: replay } = this.owner;
    if (replay === undefined || !this._sleep.gate.isCurrent(replay)) return undefined;
    return this.#inReplay?.copy((data) => this.#hidePartial(data, IN_DATA));
  }

  /** Within the replay of another, which must not change it: it gets `data` on loan. */
  #isLentNow(): boolean {
    const { gate } = this._sleep;
    if (!gate.isDropping) {
      gate.takeBack();
      return false;
    }
    if (this.#lent === undefined) {
      this.#lent = undoOf(this.#data, this._sleep.changes.comparer);
      gate.lend(this);
      // The code may hold it when it is not dropped any more.
      this.handOut();
    }
    return true;
  }

  handOut(): void {
    const { changes } = this._sleep;
    const isNoted = this._isListed || !changes.isKept;
    if ((this.#isHeld && isNoted) || this.isGone) return;
    if (!this.#isHeld) {
      this.#isHeld = true;
      if (changes.isKept) this.#dataImage = changes.comparer.compare(this.#data, undefined);
    }
    if (changes.isKept) changes.noteHandedOut(this);
  }
}
