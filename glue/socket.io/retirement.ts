/**
 * What becomes of a server, its namespaces, sockets and connections when a sleep has made them stale: they stay in
 * variables of the application, and using them is reported (`sleep/stale-objects.ts`).
 */

import { NONE } from "../core/abi.gen.ts";
import type { Connection } from "../engine/connection.ts";
import { markStale } from "../sleep/stale-objects.ts";
import type { LedServer, LedSocket } from "./session-parts.ts";

type Report = (error: Error) => void;

/** The server was replaced by another after a sleep: it and all it has made are stale. Clients notice nothing. */
export function retireServer(server: LedServer, sockets: Iterable<LedSocket>): void {
  const report = reporterOf(server);
  server._runtime.forgetSleepers();
  for (const socket of sockets) retireSocket(server, socket);
  for (const nsp of server._nsps.present()) markStale(nsp, "namespace", () => nsp.name, report);
  server._sleep.retire(report);
  markStale(server.engine, "io.engine", () => "a server", report);
  markStale(server, "io", () => "a server", report);
  for (const connection of server._runtime.connections()) retireConnection(connection, report);
}

/** The server has been through a sleep, and makes its sockets again: this one is stale, with its connection. */
export function retireSocket(server: LedServer, socket: LedSocket): void {
  socket._session = NONE;
  socket.connected = false;
  const report = reporterOf(server);
  markStale(socket, "socket", () => socket._describe(), report);
  retireConnection(socket._conn, report);
}

function retireConnection(connection: Connection, report: Report): void {
  connection.readyState = "closed";
  markStale(connection, "socket.conn", () => connection._describe(), report);
}

function reporterOf(server: LedServer): Report {
  return (error) => server._runtime._report(error, "used after a sleep");
}
