/**
 * What applications hang on what is around a socket: on the request (`request.session`, `request.user`),
 * on `socket.conn` and on `socket.client`. It is kept like properties of the socket itself.
 */
import {
  type Connection,
  connectionProperties,
  HandedOut,
} from "../../engine/connections/connection.ts";
import { KeptRequest } from "../../engine/handshake/kept-request.ts";
import {
  DeletedProperties,
  type KeptProperty,
  keptPropertiesOf,
  noteDeleted,
} from "../guards/kept-properties.ts";
import type { LibraryReads } from "../guards/library-reads.ts";
import { type Holders, PropertyGuards } from "../guards/property-guards.ts";
import type { Around } from "../remaking/around.ts";
import { type AtWork, Unkept, unkeptIn } from "../remaking/unkept.ts";
import { type Path, packBuffers, unpackBuffers } from "../values/buffers.ts";
import type { Comparer } from "../values/comparer.ts";
import { copyOf } from "../values/copy.ts";
import { dataPartOf } from "../values/data-part.ts";
import type { HiddenSearch } from "../values/hidden-properties.ts";
import { propertiesBeside } from "../values/properties.ts";
import {
  type AddedProperties,
  CLIENT_PROPERTIES,
  clientOf,
  hasAddedProperties,
  propertiesOf,
  targetsOf,
} from "./added-properties.ts";
import { searchRequest } from "./unkept-on-request.ts";

/** What hangs there, as it is kept. */
export interface PackedSurroundings {
  hung: AddedProperties;
  /** Where in it bytes are that were a `Buffer`. */
  buffers?: Path[];
  /** Names of properties of which only a part was kept: `request.session`. */
  partial?: string[];
  /** Names of properties that were deleted: `request.user`. */
  deleted?: string[];
}

/** A property that is guarded. */
interface Guarded {
  /** `request`, `conn` or `client`. */
  readonly holder: string;
  readonly key: string;
}

const NONE: ReadonlyMap<string, unknown> = new Map();
const NO_NAMES: readonly string[] = [];
const HOLDERS = ["request", "conn", "client"] as const;

export class Surroundings implements Around {
  readonly #conn: Connection;
  #image: unknown;
  /** Of what came back, the names of which only a part did, and that were not made again since. */
  #partial: Set<string> | undefined;
  #deleted: DeletedProperties | undefined;
  /** Whether anything hangs here, so that it might be lost. */
  #holdsAny = false;
  /** What no clone of it all has, at the last search, by name. */
  #hidden: ReadonlyMap<string, unknown> | undefined;
  /** Made with the first that is not kept. */
  #unkept: Unkept | undefined;
  readonly #libraryReads: LibraryReads;
  /** How many have asked for guards. */
  #guardCount = 0;
  /** What is guarded. */
  readonly #guarded: Guarded[] = [];
  /** How the guards end. */
  readonly #guards: PropertyGuards[] = [];

  constructor(conn: Connection, libraryReads: LibraryReads) {
    this.#conn = conn;
    this.#libraryReads = libraryReads;
  }

  /** Whether there is anything around the sockets of a connection that no clone has, where nothing else was added. */
  static hidesAny(conn: Connection, search: HiddenSearch): boolean {
    // Nothing is hidden on a request of the platform's own. On Node all clients have such a one, and mostly nothing else.
    const isRequestAlone = conn._handedOut === HandedOut.request;
    if (isRequestAlone && !(conn.request instanceof KeptRequest)) return false;
    return searchHiddenAround(conn, search) !== undefined;
  }

  get isPartial(): boolean {
    return this.#partialNow() !== undefined;
  }

  /** Brings back what was kept. */
  restore(kept: unknown): void {
    const { hung, buffers, partial, deleted } = kept as PackedSurroundings;
    this.#conn._handedOut = HandedOut.all;
    if (deleted !== undefined) this.#deleted = new DeletedProperties(deleted);
    if (partial !== undefined) this.#partial = new Set(partial);
    const whole = (buffers === undefined ? hung : unpackBuffers(hung, buffers)) as AddedProperties;
    const { request } = this.#conn;
    if (request) Object.assign(request, whole.request);
    Object.assign(this.#conn, whole.conn);
    // What is done to it is not done to what was kept.
    if (whole.client ?? deleted) this.#conn._clientProperties = { ...whole.client };
  }

  /** What is to be kept; nothing of a request that was deleted. `onLost` hears of what cannot be. */
  keep(onLost: (name: string) => void): PackedSurroundings | undefined {
    const deleted = this.#deleted?.kept;
    const collected = this.#collect(onLost) ?? (deleted && {});
    if (collected === undefined) return undefined;
    const names = [...this.unkept().keys(), ...(this.#partialNow() ?? [])];
    const partial = names.filter((name) => isIn(collected, name));
    const { value, paths } = packBuffers(collected);
    return {
      hung: value as AddedProperties,
      ...(paths.length > 0 && { buffers: paths }),
      ...(partial.length > 0 && { partial }),
      ...(deleted && { deleted }),
    };
  }

  /** The properties that hold more than data, so that they are not kept, or only in part; by name. */
  unkept(): ReadonlyMap<string, unknown> {
    if (this.#hidden === undefined && !hasAddedProperties(this.#conn)) return NONE;
    const values = new Map(this.#hidden);
    this.#libraryReads.during(() => {
      for (const [name, { object, known }] of Object.entries(targetsOf(this.#conn))) {
        unkeptIn(object, known, `${name}.`, values);
      }
    });
    return values;
  }

  noteMade(made: AtWork, others: readonly AtWork[]): void {
    const values = this.unkept();
    if (values.size === 0 && this.#unkept === undefined) return;
    this.#unkept ??= new Unkept();
    this.#unkept.noteMade(values, made, others);
  }

  forgetMaker(maker: object): void {
    this.#unkept?.forgetMaker(maker);
  }

  /** Searches for what no clone has. Returns how much was looked at. */
  searchHidden(search: HiddenSearch): number {
    this.#hidden = this.#libraryReads.during(() =>
      searchHiddenAround(this.#conn, search, this.#guarded),
    );
    return search.parts;
  }

  /** The names of what a sleep would lose, as far as there was anything at the last look. */
  lost(): readonly string[] {
    if (!this.#holdsAny && this.#hidden === undefined) return NO_NAMES;
    this.#unkept ??= new Unkept();
    return this.#unkept.lost(this.unkept());
  }

  guard(holders: Holders): () => void {
    // Of most clients nothing hangs here.
    if (this.#deleted !== undefined || hasAddedProperties(this.#conn)) this.#guardAll(holders);
    this.#guardCount += 1;
    return () => this.#release();
  }

  #guardAll(holders: Holders): void {
    const properties = this.#keptProperties().filter(({ holder, key }) => {
      return !this.#guarded.some((other) => other.holder === holder && other.key === key);
    });
    this.#guarded.push(...properties);
    if (properties.length > 0) {
      const guards = new PropertyGuards(properties, holders);
      guards.watch();
      this.#guards.push(guards);
    }
  }

  #release(): void {
    this.#guardCount -= 1;
    if (this.#guardCount > 0 || this.#guards.length === 0) return;
    this.#guarded.length = 0;
    for (const guards of this.#guards.splice(0)) guards.release();
  }

  pause(): void {
    for (const guards of this.#guards) guards.pause();
  }

  #keptProperties(): (KeptProperty & Guarded)[] {
    const hung = (copyOf(this.#collect()) ?? {}) as AddedProperties;
    const partial = this.#partialNow();
    const isPartial = (name: string): boolean => partial?.has(name) === true;
    return HOLDERS.flatMap((holder) => {
      const target = () => targetsOf(this.#conn)[holder].object;
      const prefix = `${holder}.`;
      return [
        ...keptPropertiesOf(hung[holder], target, (key) => isPartial(prefix + key)),
        ...(this.#deleted?.of(prefix, target) ?? []),
      ].map((property) => ({ ...property, holder }));
    });
  }

  /** The names of what came back in part and was not made again. */
  #partialNow(): ReadonlySet<string> | undefined {
    if (this.#partial === undefined) return undefined;
    for (const name of this.unkept().keys()) this.#partial.delete(name);
    if (this.#partial.size === 0) this.#partial = undefined;
    return this.#partial;
  }

  /** Whether it is another than when it was looked at last, or the request is. */
  hasChanged(comparer: Comparer): boolean {
    const { request, _details: details, _isHandedOut: isHandedOut } = this.#conn;
    if (!isHandedOut) return details.hasChanged();
    if (request && !(request instanceof KeptRequest)) details.follow(request);
    const isRequestChanged = details.hasChanged();
    this.#holdsAny = false;
    const collected = this.#collect(() => {
      this.#holdsAny = true;
    });
    if (collected === undefined && this.#image === undefined) return isRequestChanged;
    this.#holdsAny = true;
    for (const holder of HOLDERS) {
      const before = (this.#image as AddedProperties | undefined)?.[holder];
      this.#deleted = noteDeleted(this.#deleted, before, collected?.[holder], `${holder}.`);
    }
    this.#image = comparer.compare(collected, this.#image);
    return comparer.hasChanged || isRequestChanged;
  }

  #collect(onLost?: (name: string) => void): AddedProperties | undefined {
    const conn = this.#conn;
    if (!conn._isHandedOut) return undefined;
    const { request } = conn;
    const own = (name: string, known: ReadonlySet<string>, object: object | undefined) => {
      const lost = onLost && ((key: string) => onLost(`${name}.${key}`));
      return object ? propertiesBeside(known, object, dataPartOf, lost) : undefined;
    };
    const [onRequest, onConn, onClient] = this.#libraryReads.during(() => [
      own("request", propertiesOf(request, conn._runtime.host), request),
      own("conn", connectionProperties, conn),
      own("client", CLIENT_PROPERTIES, clientOf(conn)),
    ]);
    if (onRequest === undefined && onConn === undefined && onClient === undefined) return undefined;
    return {
      ...(onRequest && { request: onRequest }),
      ...(onConn && { conn: onConn }),
      ...(onClient && { client: onClient }),
    };
  }
}

/** What no clone has of what hangs around the sockets of a connection, by name. */
function searchHiddenAround(
  conn: Connection,
  search: HiddenSearch,
  guarded: readonly Guarded[] = [],
): ReadonlyMap<string, unknown> | undefined {
  search.begin();
  if (!conn._isHandedOut) return undefined;
  const { request } = conn;
  searchOn("request", request, propertiesOf(request, conn._runtime.host), search, guarded);
  // On Node all the clients that come are such.
  if (conn._handedOut === HandedOut.request) return search.found;
  searchOn("conn", conn, connectionProperties, search, guarded);
  searchOn("client", clientOf(conn), CLIENT_PROPERTIES, search, guarded);
  return search.found;
}

/** `object`: undefined if there is none. A request may be deleted, to save memory. */
function searchOn(
  name: keyof AddedProperties,
  object: object | undefined,
  known: ReadonlySet<string>,
  search: HiddenSearch,
  guarded: readonly Guarded[],
): void {
  if (!object) return;
  const here = guarded.length === 0 ? guarded : guarded.filter(({ holder }) => holder === name);
  const keys = here.length === 0 ? known : new Set([...known, ...here.map(({ key }) => key)]);
  if (name !== "request") search.lookOn(object, keys, name);
  else searchRequest(object, keys, "request.", search);
  // A guard is an accessor, and of ours.
  for (const { key } of here) search.lookInside(Reflect.get(object, key), `${name}.${key}`);
}

function isIn(hung: AddedProperties, name: string): boolean {
  const [target, ...key] = name.split(".");
  return Object.hasOwn(hung[target as keyof AddedProperties] ?? {}, key.join("."));
}
