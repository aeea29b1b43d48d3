/** What listeners of a connection (`socket.conn`) are told, as upstream's Engine.IO does. */
import { toListenerBytes } from "../../codec/payload.ts";
import { enginePacketNames } from "../../core/abi.gen.ts";
import type { Connection } from "./connection.ts";

const PACKET_NAMES: readonly string[] = enginePacketNames;
const DIGIT_ZERO = 48;

/** Who reports what listeners throw. */
export interface Reporter {
  _report(error: unknown, where: string): void;
}

/** Emits on a connection. What a listener throws is reported, and disturbs nobody else. */
export function emitOn(
  reporter: Reporter,
  connection: Connection,
  event: string,
  ...args: unknown[]
): void {
  try {
    connection.emit(event, ...args);
  } catch (error) {
    reporter._report(error, `${event} of connection`);
  }
}

/** `packet`, `data` and `message`, for a text that came. Returns whether the connection is open after that. */
export function announceText(reporter: Reporter, connection: Connection, text: string): boolean {
  if (connection._listeners === undefined) return true;
  const type = PACKET_NAMES[text.charCodeAt(0) - DIGIT_ZERO] ?? "error";
  return announce(reporter, connection, type, text.length > 1 ? text.slice(1) : undefined);
}

/** The same for bytes. */
export function announceBytes(
  reporter: Reporter,
  connection: Connection,
  bytes: Uint8Array,
): boolean {
  if (connection._listeners === undefined) return true;
  return announce(reporter, connection, "message", toListenerBytes(bytes));
}

function announce(
  reporter: Reporter,
  connection: Connection,
  type: string,
  data: string | Uint8Array | undefined,
): boolean {
  emitOn(reporter, connection, "packet", data === undefined ? { type } : { type, data });
  if (type === "message") {
    emitOn(reporter, connection, "data", data);
    emitOn(reporter, connection, "message", data);
  }
  return connection.readyState === "open";
}
