/**
 * What belongs to the server and to no client, and is kept in the object's storage: `io.data`, `data` of the
 * namespaces, and what `io.schedule` waits for. All of it is written together, so that what a handler did
 * and that it was called are on disk in one step.
 *
 * Nothing is read before it is asked for, and nothing is done in any turn before something was.
 *
 * With strict durability it is written before anything leaves the server, and when a turn is over, for what
 * leaves it by other ways than ours.
 */
import { BatchedStorage, WRITE_DELAY } from "../../engine/host/batched-storage.ts";
import type { OwnStorage } from "../../engine/host/host.ts";
import type { Runtime } from "../../engine/runtime/runtime.ts";
import { LATER, PARTS_PER_MILLISECOND } from "../changes/look-intervals.ts";
import type { Lent, ReplayGate } from "../replay/gate.ts";
import { Comparer, restore } from "../values/comparer.ts";
import { clonedContainerOf } from "../values/containers.ts";
import { copyOf, putBack } from "../values/copy.ts";
import { type HiddenSearch, nameOfHidden } from "../values/hidden-properties.ts";
import { serializedSize } from "../values/serialized-size.ts";
import { allObjectsIn, type Holder } from "../values/shared-objects.ts";
import { Schedule } from "./schedule.ts";
import { formOf, type Held, isSaid, type Marks, SharedValues } from "./shared-values.ts";
import { describeKey, keepableSize, STATE_PREFIX } from "./state-keys.ts";
import { withValues } from "./storage-of-values.ts";

/** What a value may take up where the host would take more: a row in an object's storage. */
const MAX_VALUE_BYTES = 2_000_000;

/** A value of which nothing is known yet. */
const NEW: Omit<Held, "objects"> = {
  image: undefined,
  form: [],
  hasOthers: false,
  isCloneable: true,
  shared: undefined,
  marks: undefined,
};

export interface ServerStateSettings {
  /** Hears of instances of the application's classes. */
  onInstance: (name: string) => void;
  /** The application has a value, for the first time: turns matter from now on. */
  onHold: () => void;
  /** Hears the names of all that is in values and that the storage does not keep. */
  onLost: (names: readonly string[]) => void;
  /** Hears the name of a value of which a socket's data has a part as well; undefined: there is none any more. */
  onShared: (name: string | undefined) => void;
  /** The object must not sleep before this promise settles, which does not reject. */
  waitFor: (promise: Promise<unknown>) => void;
  /** Whether what was changed is written before anything is sent. */
  isStrict: boolean;
}

export class ServerState implements Lent {
  readonly #runtime: Runtime;
  readonly #gate: ReplayGate;
  readonly #comparer: Comparer;
  readonly #batch: BatchedStorage | undefined;
  readonly #settings: ServerStateSettings;
  /** What may have been changed since it was written, by key. */
  readonly #held = new Map<string, Held>();
  /** Those of them that are not what was written last, though their images say so. */
  readonly #changed = new Set<string>();
  readonly #sharedValues = new SharedValues();
  /** Whether any were made of other objects than before since it was looked for what they have in common. */
  #haveOthers = false;
  /** What was there before code that is dropped had it: as its image says, or else a copy. */
  readonly #lent = new Map<string, { value: unknown; copy: unknown }>();
  #isListening = false;
  /** The keys of `held` as what objects are in. */
  readonly #holders = new Map<string, Holder>();
  /** Whether there was anything at the last search. */
  #hasLost = false;
  /** What was found at the last search that is elsewhere, too. */
  #shared: string | undefined;
  #later: ReturnType<typeof setTimeout> | undefined;
  #pause = WRITE_DELAY;
  #schedule: Schedule | undefined;
  /** Once another server has taken its place: reports that `io.data` of this one was used. */
  #tellOfUse: ((member: string) => void) | undefined;

  constructor(runtime: Runtime, gate: ReplayGate, settings: ServerStateSettings) {
    this.#runtime = runtime;
    this.#gate = gate;
    this.#settings = settings;
    this.#comparer = new Comparer(settings.onInstance);
    const { storage } = runtime.host;
    if (storage === undefined) return;
    this.#batch = new BatchedStorage(this.#storageOfValues(storage), STATE_PREFIX, (error, key) => {
      runtime._report(error, `${describeKey(key)} cannot be kept`);
    });
    this.#batch.beforeFlush = () => this.#collect(this.batch);
    if (settings.isStrict) runtime.beforeSending = () => this.writeFirst();
    // Where nothing is kept of connections, the keeper hears of no turn.
    if (settings.isStrict && runtime.host.save === undefined) {
      runtime.onTurnEnd(() => this.writeFirst());
    }
  }

  #storageOfValues(storage: OwnStorage): OwnStorage {
    const { unread } = this.#sharedValues;
    return withValues(
      storage,
      (key, value) => this.#held.get(key.slice(STATE_PREFIX.length))?.marks ?? unread.get(value),
      (value, marks) => unread.set(value, marks),
    );
  }

  /** Throws where the platform has no storage. */
  get batch(): BatchedStorage {
    if (this.#batch === undefined) throw new Error("dormouse: this platform has no storage");
    return this.#batch;
  }

  /** `io.schedule`. */
  get schedule(): Schedule {
    this.#schedule ??= new Schedule(this.#runtime, this.batch, this.#settings.waitFor);
    return this.#schedule;
  }

  /** Whether a timer keeps the object awake, until something is written. */
  get isWaiting(): boolean {
    return this.#later !== undefined || this.#batch?.isWaiting === true;
  }

  /**
   * Another server has taken its place: nothing is read or written here any more. `tellOf` gives what is called with each
   * member of `io.data` or `io.schedule` that is used.
   */
  retire(tellOf: (name: string) => (member: string) => void): void {
    this.#batch?.seal();
    if (this.#later !== undefined) clearTimeout(this.#later);
    this.#later = undefined;
    this.#held.clear();
    this.#tellOfUse = tellOf("io.data");
    // It may be asked for now for the first time.
    if (this.#batch !== undefined) this.schedule.retire(tellOf("io.schedule"));
  }

  /** With strict durability: what was changed so far is written before anything leaves that comes after it. */
  writeFirst(): void {
    if (this.#held.size > 0 || this.isWaiting) this.#batch?.flushFirst();
  }

  /** A turn is over. */
  endTurn(): void {
    if (this.#settings.isStrict) this.writeFirst();
  }

  writeAll(): void {
    if (this.#held.size > 0 || this.isWaiting) this.#batch?.flush();
  }

  // --- values ----------------------------------------------------------------------------------------

  /** The application gets it, and may change what is in it any time. */
  read(key: string): unknown {
    if (this.#isRetired(key)) return undefined;
    this.#beforeAccess(key);
    const value = this.#load(key);
    if (typeof value === "object" && value !== null) this.#hold(key, value);
    return value;
  }

  /** Undefined deletes. Throws for what cannot be kept. */
  assign(key: string, value: unknown): void {
    const size = keepableSize(key, value);
    const max = this.#maxBytes;
    if (size > max) {
      throw new RangeError(`dormouse: ${describeKey(key)} is too large: ${size} bytes, of ${max}`);
    }
    if (this.#isRetired(key)) return;
    this.#beforeAccess(key);
    this.#hold(key, this.batch.get(key));
    this.batch.hold(key, value);
  }

  /** What the keys are that begin with this, without it. */
  keys(prefix: string): string[] {
    if (this.#isRetired(prefix)) return [];
    if (this.#gate.isRepeating && !this.#gate.isDropping) this.#gate.takeBack();
    return this.batch.entries(prefix).map(([key]) => key.slice(prefix.length));
  }

  /** @internal Code that is dropped pauses: all is as before. */
  _takeBack(): void {
    for (const [key, { value, copy }] of this.#lent) {
      const { image, objects } = this.#held.get(key) as Held;
      let before = value;
      if (copy !== undefined) before = putBack(value, copy);
      else if (!this.#comparer.isSame(value, image, objects)) before = restore(image, objects);
      this.batch.hold(key, before);
    }
    this.#lent.clear();
  }

  #isRetired(key: string): boolean {
    this.#tellOfUse?.(describeKey(key).replace(/^.*?\.data\./, ""));
    return this.#tellOfUse !== undefined;
  }

  /** What code does that is dropped is undone when it pauses. */
  #beforeAccess(key: string): void {
    if (!this.#gate.isRepeating) return;
    if (!this.#gate.isDropping) {
      this.#gate.takeBack();
      return;
    }
    this.#hold(key, this.#load(key));
    this.#lendAll(key);
  }

  /** A value, with all that it has in common with others. */
  #load(key: string): unknown {
    if (!this.#sharedValues.unread.has(this.batch.get(key) as object)) return this.batch.get(key);
    for (const [other, marks] of this.#sharedValues.join(key, this.batch)) {
      this.#hold(other, this.batch.get(other), marks);
    }
    return this.batch.get(key);
  }

  /**
   * Code that is dropped may have in its hands whatever was ever given out: nobody knows what it does with it. What
   * is too large to be compared is copied for `wanted` alone.
   */
  #lendAll(wanted?: string): void {
    for (const [key, held] of this.#held) {
      if (this.#lent.has(key)) continue;
      const value = this.#look(key, held);
      const { isWhole } = this.#comparer;
      if (!isWhole && key !== wanted) continue;
      // What holds functions is no data, and may lead to anything: a logger, the server.
      const isData = isWhole && held.isCloneable;
      this.#lent.set(key, { value, copy: isData ? undefined : copyOf(value) });
    }
    if (this.#lent.size > 0) this.#gate.lend(this);
  }

  /** Searches for what no clone has of what the application may hold. Returns how much was looked at. */
  searchHidden(search: HiddenSearch): number {
    if (this.#held.size === 0 && !this.#hasLost && this.#shared === undefined) return 0;
    search.begin();
    for (const key of this.#held.keys()) {
      search.heldBy(this.#holderOf(key), () =>
        search.lookInside(this.batch.get(key), describeKey(key)),
      );
    }
    if (search.shared !== this.#shared) this.#settings.onShared(search.shared);
    this.#shared = search.shared;
    const names = new Set([...(search.found?.keys() ?? [])].map(nameOfHidden));
    if (names.size > 0 || this.#hasLost) this.#settings.onLost([...names]);
    this.#hasLost = names.size > 0;
    return search.parts;
  }

  #holderOf(key: string): Holder {
    let holder = this.#holders.get(key);
    if (holder === undefined) {
      const read = (): unknown => (this.#held.has(key) ? this.batch.get(key) : undefined);
      holder = {
        keptWith: this,
        isGone: false,
        get holds() {
          return read();
        },
      };
      this.#holders.set(key, holder);
    }
    return holder;
  }

  // --- changes ---------------------------------------------------------------------------------------

  /** `value`: the one that was written last. */
  #hold(key: string, value: unknown, marks?: Marks): void {
    const known = this.#held.get(key);
    const held = known ?? { ...NEW, objects: [] };
    if (known === undefined) {
      this.#held.set(key, held);
      this.#compare(held, value);
    }
    if (known === undefined || marks !== undefined) setMarks(held, marks);
    this.#lookSoon();
  }

  #lookSoon(): void {
    if (this.#settings.isStrict) this.#runtime.endTurnSoon();
    this.batch.flushSoon(this.#pause);
    // Nobody tells when code outside of events is done with it.
    if (!this.#runtime.isInTurn) this.#lookLater();
    if (this.#isListening) return;
    this.#isListening = true;
    this.#settings.onHold();
    this.#gate.beforeDropping = () => this.#lendAll();
    // Whoever holds a value may change it in any turn.
    this.#runtime.onTurnEnd(() => {
      if (this.#held.size > 0) this.batch.flushSoon(this.#pause);
    });
  }

  #lookLater(): void {
    this.#later ??= setTimeout(() => {
      this.#later = undefined;
      this.batch.flush();
    }, LATER);
  }

  /** Compares a value with what it was. Returns it. */
  #look(key: string, held: Held): unknown {
    const value = this.batch.get(key);
    this.#compare(held, value);
    if (this.#comparer.hasChanged) this.#changed.add(key);
    return value;
  }

  #compare(held: Held, value: unknown): void {
    const comparer = this.#comparer;
    held.image = comparer.compare(value, held.image, held.objects);
    held.isCloneable = !comparer.hasFunctions;
    if (!comparer.isWhole) held.objects = [...allObjectsIn(value, clonedContainerOf)];
    else if (!comparer.hasOthers) return;
    held.hasOthers = true;
    this.#haveOthers = true;
  }

  /** Puts what has changed. */
  #collect(batch: BatchedStorage): void {
    this.#gate.takeBack();
    let parts = 0;
    for (const [key, held] of this.#held) {
      // In the hands of code that is dropped: what it does to it is undone.
      if (this.#lent.has(key)) continue;
      const value = this.#look(key, held);
      parts += this.#comparer.parts;
      if (typeof value === "object" && value !== null) continue;
      this.#held.delete(key);
      this.#holders.delete(key);
      if (value === undefined && !this.#changed.has(key)) batch.dropAbsent(key);
    }
    if (this.#haveOthers) this.#lookForShared();
    for (const key of this.#changed) {
      if (this.#lent.has(key)) continue;
      this.#changed.delete(key);
      this.#put(batch, key, batch.get(key));
    }
    this.#pause = WRITE_DELAY + Math.ceil(parts / PARTS_PER_MILLISECOND);
  }

  /** What values have in common may be another though all look as before. */
  #lookForShared(): void {
    this.#haveOthers = false;
    const found = this.#sharedValues.find(this.#held);
    for (const [key, held] of this.#held) {
      held.shared = found.get(key);
      if (held.shared !== undefined && !isSaid(held.shared, held.marks)) this.#changed.add(key);
      if (!held.hasOthers) continue;
      held.hasOthers = false;
      const form = formOf(held);
      if (form.join() !== held.form.join()) this.#changed.add(key);
      held.form = form;
    }
  }

  /** What has grown too large, or cannot be cloned any more, stays in memory as it is, and in the storage as it was. */
  #put(batch: BatchedStorage, key: string, value: unknown): void {
    const held = this.#held.get(key);
    if (held?.shared ?? held?.marks) setMarks(held, held.shared);
    const { isCloneable = true, marks } = held ?? {};
    const size = serializedSize(marks ? { value, ...marks } : value);
    if (isCloneable && size <= this.#maxBytes) {
      batch.put(key, value);
      return;
    }
    const problem = isCloneable
      ? `${size} bytes are too many`
      : "there is a function or a symbol in it";
    this.#runtime._report(
      new TypeError(`${problem}: it is kept as it was before that`),
      describeKey(key),
    );
  }

  get #maxBytes(): number {
    return Math.min(this.#runtime.host.storage?.maxValueBytes ?? 0, MAX_VALUE_BYTES);
  }
}

function setMarks(held: Held, marks: Marks | undefined): void {
  held.marks = marks;
  held.form = formOf(held);
}
