/**
 * The end of a WebSocket, led to whom it concerns: its connection, or, of one that has none yet, long-polling: it may
 * have been about to take over a client that polls.
 */
import type { Connection } from "../../glue/engine/connection.ts";
import type { Runtime } from "../../glue/engine/runtime.ts";

/** The WebSocket was closed. `key`: what long-polling knows it by. */
export function handleSocketClose(
  runtime: Runtime,
  key: object,
  connection: Connection | undefined,
  code: number,
  reason: string,
): void {
  if (connection === undefined) runtime.polling?.lose(key);
  else runtime.handleClose(connection, code, reason);
}

/** The WebSocket failed. `key`: what long-polling knows it by. */
export function handleSocketError(
  runtime: Runtime,
  key: object,
  connection: Connection | undefined,
  error: unknown,
): void {
  if (connection === undefined) runtime.polling?.lose(key);
  else runtime.handleError(connection, error);
}
