/** What `@socket.io/admin-ui` 0.5 and its page say to each other. */
import type { Connection, Namespace, Server, Socket } from "../../glue/socket.io/index.ts";

// biome-ignore lint/suspicious/noExplicitAny: whatever the application's events and data are
type Any = any;
/** A server, whatever its events and data are. */
export type AnyServer = Server<Any, Any, Any, Any, Any, Any>;
export type AnyNamespace = Namespace<Any, Any, Any, Any, Any>;
export type AnySocket = Socket<Any, Any, Any, Any>;

/** What a page may show or do. */
export const ACTIONS = ["EMIT", "JOIN", "LEAVE", "DISCONNECT", "MJOIN", "MLEAVE", "MDISCONNECT"];
/** Numbers of events, every two seconds. */
export const AGGREGATED_EVENTS = "AGGREGATED_EVENTS";
/** Each event as it happens. */
export const ALL_EVENTS = "ALL_EVENTS";

/** What happened in one second. */
export interface NamespaceEvent {
  /** The second's beginning, in milliseconds since the epoch. */
  timestamp: number;
  type: string;
  subType?: string;
  count: number;
}

/** A socket as the page shows it. */
export interface SerializedSocket {
  id: string;
  clientId: string;
  transport: string;
  nsp: string;
  data: unknown;
  handshake: Record<string, unknown>;
  rooms: string[];
}

/** So many characters of a client's id are shown on the page: the whole is a secret. */
const CLIENT_ID_LENGTH = 12;

function clientIdOf({ id }: Connection): string {
  return id.substring(0, CLIENT_ID_LENGTH);
}

export function serialize(socket: AnySocket): SerializedSocket {
  const { headers, query, issued, secure, time, url, xdomain, address } = socket.handshake;
  return {
    id: socket.id,
    clientId: clientIdOf(socket.conn),
    transport: socket.conn.transport.name,
    nsp: socket.nsp.name,
    data: shown(socket.data),
    handshake: {
      address: headers["cf-connecting-ip"] || headers["x-forwarded-for"] || address,
      headers,
      query,
      issued,
      secure,
      time,
      url,
      xdomain,
      // `auth` is nobody's business.
    },
    rooms: [...socket.rooms],
  };
}

/** So many characters of sockets are told at once: more would not fit into a message, nor into the object's memory. */
const MAX_SOCKETS = 2_000_000;

/** The first of them, as many as are told at once; the others are not even looked at. */
export function fitting(sockets: Iterable<SerializedSocket>): SerializedSocket[] {
  const fit: SerializedSocket[] = [];
  let characters = 0;
  for (const socket of sockets) {
    characters += JSON.stringify(socket).length;
    if (characters > MAX_SOCKETS) break;
    fit.push(socket);
  }
  return fit;
}

/** What is longer as JSON is not shown. */
const MAX_SHOWN = 16_384;

/** A value of the application's as far as it can be shown: plain, and not too much. Never throws. */
export function shown(value: unknown): unknown {
  try {
    const text = JSON.stringify(value);
    if (text === undefined) return undefined;
    if (text.length > MAX_SHOWN) return `${text.slice(0, 100)}… (${text.length} characters)`;
    return JSON.parse(text);
  } catch (error) {
    return `cannot be shown: ${error instanceof Error ? error.message : error}`;
  }
}

/** The arguments of an event, its name first. */
export function shownEvent(args: readonly unknown[]): unknown[] {
  return args.map((argument) => {
    if (ArrayBuffer.isView(argument) || argument instanceof ArrayBuffer) {
      return `${argument.byteLength} bytes`;
    }
    return shown(argument);
  });
}
