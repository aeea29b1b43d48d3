/** The library's own event names: upstream's lists. */

/**
 * Whether neither the application may emit this name to a client, nor a client to the server. A `switch`, because it
 * is faster than a set for all other names.
 */
export function isReservedEvent(name: unknown): boolean {
  switch (name) {
    case "connect":
    case "connect_error":
    case "disconnect":
    case "disconnecting":
    case "newListener":
    case "removeListener":
      return true;
    default:
      return false;
  }
}

/** Whether a name is one that the application may not emit to the other servers (`serverSideEmit`). */
export function isReservedServerEvent(name: unknown): boolean {
  return name === "connect" || name === "connection" || name === "new_namespace";
}

/** What is thrown at whoever emits such a name. */
export function reservedName(name: unknown): Error {
  return new Error(`"${String(name)}" is a reserved event name`);
}
