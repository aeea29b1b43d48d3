/** How stock clients connect, and which scenarios are not for all of them. */

/** Over WebSocket, by long-polling alone, or as they do by default: first by polling, then upgraded. */
export type ClientKind = "websocket" | "polling" | "upgrading";

/** The client's option. */
export const TRANSPORTS: Readonly<Record<ClientKind, readonly string[]>> = {
  websocket: ["websocket"],
  polling: ["polling"],
  upgrading: ["polling", "websocket"],
};

/** The options that a server needs for any kind of client. */
export const ALL_TRANSPORTS = { transports: ["polling", "websocket"] } as const;

const REQUEST = "it states what the request of a WebSocket looks like";
const REFUSAL = "it states what a client says of a WebSocket that is refused";
const ORDER = "it states in what order events of two clients arrive, of whom one has just upgraded";
const TOGETHER =
  "it states what is sent one by one; while a POST is under way what follows waits for it";
const PORT = "it states the end of a server whose port closes, where an object goes on to answer";
const VOLATILE =
  "it states what of several packets a WebSocket takes; an answer to a poll takes one";

/** Scenarios that cut a client's WebSocket. */
const CUTTING = [
  "chat: an evening in a room",
  "cleanup: a lost connection removes the child too",
  "connection: a reconnection is a new socket",
  "disconnect: a lost network ends the sockets of all namespaces",
  "disconnect: nothing of many short connections is left",
  "disconnect: the network is lost",
  "disconnect: the others are told from the disconnect listener",
  "engine: clientsCount counts connections, not sockets",
  "private messages: a conversation, interrupted",
  "private messages: a user with two tabs",
  "recovery: Buffers in data are Buffers again",
  "recovery: an expired session is fresh",
  "recovery: an unknown private id or offset gives a fresh session",
  "recovery: each namespace is recovered on its own",
  "recovery: id, rooms, data and the missed packets come back",
  "recovery: middlewares are skipped",
  "recovery: middlewares run if skipMiddlewares is false, and may refuse",
  "recovery: missed binary comes back as binary",
  "recovery: only what was meant for the socket is sent again",
  "recovery: other clients still reach a recovered socket by its id and rooms",
  "recovery: what the socket itself was sent is missed, too",
  "volatile: to a disconnected socket nothing happens",
];
const CUT = "there is no WebSocket to cut";

/** Whose expectations `socket.io` does not meet either, with clients of a kind; and why. */
const NOT_FOR: Readonly<Partial<Record<ClientKind, Readonly<Record<string, string>>>>> = {
  polling: {
    ...Object.fromEntries(CUTTING.map((name) => [name, CUT])),
    "connection: the handshake shows the request": REQUEST,
    "connection: socket.conn names the transport, the protocol and the state": REQUEST,
    "engine: allowRequest gives the reason, later": REFUSAL,
    "ordering: events of one client are handled in order, also with slow listeners": TOGETHER,
    "close: what was emitted before is still delivered": PORT,
    "binary: a large buffer survives": "in base64 it is larger than maxHttpBufferSize",
    "volatile: arrives when nothing else was sent in the turn": VOLATILE,
    "volatile: socket.volatile.broadcast and socket.broadcast.volatile": VOLATILE,
  },
  upgrading: {
    "connection: the handshake shows the request": REQUEST,
    "connection: socket.conn names the transport, the protocol and the state": REQUEST,
    "engine: allowRequest gives the reason, later": REFUSAL,
    "ordering: events of one client are handled in order, also with slow listeners": TOGETHER,
    "namespaces: events, acks and rooms of one do not leak into another": ORDER,
    "volatile: arrives when nothing else was sent in the turn": VOLATILE,
  },
};

/** Why a scenario is not for clients of a kind; undefined if it is. */
export function whyNotFor(kind: ClientKind, scenario: string): string | undefined {
  return NOT_FOR[kind]?.[scenario];
}

/** With the kind of its clients, if that is not the usual one. */
export function nameOf(server: string, clients: ClientKind): string {
  return clients === "websocket" ? server : `${server}, clients: ${clients}`;
}
