/**
 * What applications hang on the socket itself (`socket.username = …`): own enumerable properties beyond
 * the class's. They are kept like `socket.data`, as far as a copy is worth anything.
 */
import { LOST } from "../values/cloneable.ts";
import { type OwnProperties, propertiesBeside } from "../values/properties.ts";

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

const KEEPABLE_CLASSES = [Array, Map, Set, Date, RegExp, ArrayBuffer, Error];

/** Whether the application has set any on a socket; not those that a clone would not have (hidden-properties.ts). */
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
 * Functions cannot be cloned, and the copy of an instance of a class has lost its methods: both are
 * better made anew by the connection listener.
 */
function isKeepable(value: unknown): boolean {
  if (typeof value === "function" || typeof value === "symbol") return false;
  if (typeof value !== "object" || value === null) return true;
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  if (ArrayBuffer.isView(value)) return true;
  return KEEPABLE_CLASSES.some((keepable) => prototype === keepable.prototype);
}
