/** Vocabulary of the application side: reasons, the handshake, names of what there is. */
export type { PrivateSessionId, Room, SocketId } from "../../adapter/rooms/identifiers.ts";

import type { HandshakeHeaders } from "../../engine/handshake/request.ts";
import type { Any } from "./typed-events.ts";

/** Why a socket was disconnected. */
export type DisconnectReason =
  | "transport error"
  | "transport close"
  | "forced close"
  | "ping timeout"
  | "parse error"
  | "server shutting down"
  | "forced server close"
  | "client namespace disconnect"
  | "server namespace disconnect";

/** After these a client may come back to its session (connection state recovery). */
export const RECOVERABLE_DISCONNECT_REASONS: ReadonlySet<string> = new Set<DisconnectReason>([
  "transport error",
  "transport close",
  "forced close",
  "ping timeout",
  "server shutting down",
  "forced server close",
]);

/** The library's own events of a socket. */
export interface SocketReservedEventsMap {
  disconnect: (reason: DisconnectReason, description?: Any) => void;
  disconnecting: (reason: DisconnectReason, description?: Any) => void;
  error: (err: Error) => void;
}

/** An event as socket middlewares see it: its name, then its arguments. */
export type Event = [string, ...Any[]];

/** The request that opened the connection, and what the client said when it joined the namespace. */
export interface Handshake {
  /** The request's headers. */
  headers: HandshakeHeaders;
  /** When the socket was created, as a string. */
  time: string;
  /** The client's address, where the platform tells it. */
  address: string;
  /** Whether the request has an `Origin`. */
  xdomain: boolean;
  /** Whether the client came by https or wss. */
  secure: boolean;
  /** When the socket was created, in milliseconds since the epoch. */
  issued: number;
  /** Path and query of the request. */
  url: string;
  /** The request's query parameters. */
  query: Record<string, string | string[] | undefined>;
  /** What the client passed as `auth`. */
  auth: Record<string, Any>;
}
