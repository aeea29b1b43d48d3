/**
 * What applications hang on the socket itself (`socket.username = …`): own enumerable properties beyond
 * the class's. They are kept like `socket.data`, as far as a copy is worth anything.
 */

/** The properties that every socket has; others are the application's own. */
export const SOCKET_PROPERTIES: ReadonlySet<string> = new Set([
  "_listeners",
  "nsp",
  "_conn",
  "id",
  "recovered",
  "restored",
  "connected",
  "_session",
  "_replay",
]);

/** Apart from the set: a number costs nothing to ask. */
const SOCKET_PROPERTY_COUNT = SOCKET_PROPERTIES.size;

const KEEPABLE_CLASSES = [Map, Set, Date, RegExp, ArrayBuffer, Error];

export type OwnProperties = Record<string, unknown>;

/** Stands for a value of which nothing can be kept. */
export const LOST = Symbol("lost");

/** Whether the application has set any on a socket; not those that a clone would not have (hidden.ts). */
export function hasOwnProperties(socket: object): boolean {
  // Not `for`: that asks all the prototypes, too, and this is asked with every event.
  return Object.keys(socket).length > SOCKET_PROPERTY_COUNT;
}

/** The application's properties of a socket that can be kept; undefined if there are none. */
export function ownProperties(
  socket: object,
  onLost?: (key: string) => void,
): OwnProperties | undefined {
  if (!hasOwnProperties(socket)) return undefined;
  return propertiesBeside(
    SOCKET_PROPERTIES,
    socket,
    (value) => (isKeepable(value) ? value : LOST),
    onLost,
  );
}

/**
 * The properties of an object beside those that are known; undefined if there are none. `keep` gives
 * what of a value is kept, or `LOST`.
 */
export function propertiesBeside(
  known: ReadonlySet<string>,
  object: object,
  keep: (value: unknown) => unknown,
  onLost?: (key: string) => void,
): OwnProperties | undefined {
  let properties: OwnProperties | undefined;
  const keys = Object.keys(object);
  if (areAllKnown(keys, known)) return undefined;
  for (const key of keys) {
    if (known.has(key)) continue;
    const kept = keep((object as OwnProperties)[key]);
    if (kept === LOST) {
      onLost?.(key);
    } else {
      properties ??= {};
      properties[key] = kept;
    }
  }
  return properties;
}

/**
 * Most objects have nothing beside what is known, and this is asked with every event: so it is told by
 * what is first and last, for what is added comes last, or, if it is an index, first.
 */
export function areAllKnown(keys: readonly string[], known: ReadonlySet<string>): boolean {
  const { length } = keys;
  if (length === 0) return true;
  if (length > known.size) return false;
  return known.has(keys[0] as string) && known.has(keys[length - 1] as string);
}

/**
 * Functions cannot be cloned, and the copy of an instance of a class has lost its methods: both are
 * better made anew by the connection listener.
 */
function isKeepable(value: unknown): boolean {
  if (typeof value === "function" || typeof value === "symbol") return false;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return true;
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  if (ArrayBuffer.isView(value)) return true;
  return KEEPABLE_CLASSES.some((keepable) => prototype === keepable.prototype);
}
