/** The library's own event names: upstream's lists. */

/**
 * Whether a name is one that neither the application may emit to a client nor a client to the server. Faster than a
 * set for what is none.
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
