/** What the helpers of both sides say to each other: that of `@venizia/ignis-helpers`. */

/** Events and rooms, by their names there. */
export const SocketIOConstants = {
  /** Server to client, `{ time }`: the connection lives. */
  EVENT_PING: "ping",
  EVENT_CONNECT: "connection",
  EVENT_DISCONNECT: "disconnect",
  /** Client to server, `{ rooms }`. */
  EVENT_JOIN: "join",
  /** Client to server, `{ rooms }`. */
  EVENT_LEAVE: "leave",
  /** Client to server, without arguments: what it shows is in the handshake. */
  EVENT_AUTHENTICATE: "authenticate",
  /** Server to client, `{ id, time }`. */
  EVENT_AUTHENTICATED: "authenticated",
  /** Server to client, `{ message, time }`; then the server disconnects it. */
  EVENT_UNAUTHENTICATE: "unauthenticated",
  ROOM_DEFAULT: "io-default",
  ROOM_NOTIFICATION: "io-notification",
} as const;

/** How far a client has come. */
export const SocketIOClientStates = {
  UNAUTHORIZED: "unauthorized",
  AUTHENTICATING: "authenticating",
  AUTHENTICATED: "authenticated",
} as const;

/** One of `SocketIOClientStates`. */
export type ClientState = (typeof SocketIOClientStates)[keyof typeof SocketIOClientStates];

/** What a client is told that is refused. */
export const REFUSED = "Invalid token to authenticate! Please login again!";
/** What a client is told when `authenticateFn` has failed. */
export const FAILED = "Failed to authenticate connection! Please login again!";

/** Whether an event can have this name. */
export function isTopic(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

/** A mistake of the caller's. */
export class HelperError extends Error {
  /** As HTTP would say it. */
  readonly statusCode: number;

  constructor(message: string, statusCode = 400) {
    super(message);
    this.name = "HelperError";
    this.statusCode = statusCode;
  }
}
