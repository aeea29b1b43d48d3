/**
 * The end of a WebSocket. It concerns its connection; or, if it has none yet, long-polling, because a client that
 * polls may have been upgrading to it.
 */
import type { Connection } from "../../../glue/engine/connections/connection.ts";
import type { Runtime } from "../../../glue/engine/runtime/runtime.ts";

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
