/** What admins make the server do. Whatever they send is checked: it comes from a page, or from anybody. */
import type { AnyNamespace, AnyServer, AnySocket } from "./protocol.ts";

const MAX_NAME = 1_024;

/** Registers the commands of an admin who may do more than look. */
export function listenForCommands(io: AnyServer, admins: AnyNamespace, socket: AnySocket): void {
  /** The sockets that are meant; undefined if that is nobody. */
  const those = (namespace: unknown, filter: unknown) => {
    const nsp = isName(namespace) ? io._nsps.get(namespace) : undefined;
    if (nsp === undefined) return undefined;
    if (filter === undefined || filter === null || filter === "") return nsp;
    return isName(filter) ? nsp.in(filter) : undefined;
  };
  socket.on("emit", (namespace: unknown, filter: unknown, event: unknown, ...args: unknown[]) => {
    // The admins' own events are the server's.
    if (!isName(event) || namespace === admins.name) return;
    const rest = typeof args.at(-1) === "function" ? args.slice(0, -1) : args;
    attempt(() => those(namespace, filter)?.emit(event, ...rest));
  });
  socket.on("join", (namespace: unknown, room: unknown, filter: unknown) => {
    if (isName(room)) those(namespace, filter)?.socketsJoin(room);
  });
  socket.on("leave", (namespace: unknown, room: unknown, filter: unknown) => {
    if (isName(room)) those(namespace, filter)?.socketsLeave(room);
  });
  socket.on("_disconnect", (namespace: unknown, close: unknown, filter: unknown) => {
    those(namespace, filter)?.disconnectSockets(close === true);
  });
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_NAME;
}

/** The names of the library's own events cannot be emitted. */
function attempt(run: () => void): void {
  try {
    run();
  } catch (error) {
    console.warn(`dormouse: an admin's event was not emitted: ${(error as Error).message}`);
  }
}
