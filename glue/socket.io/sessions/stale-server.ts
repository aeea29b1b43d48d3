/**
 * What becomes of a server, its namespaces, sockets and connections when a sleep has made them stale: they stay in
 * variables of the application, and using them is reported (`sleep/stale-objects.ts`).
 */

import { NONE } from "../../core/abi.gen.ts";
import { type Connection, HandedOut } from "../../engine/connections/connection.ts";
import type { Engine } from "../../engine/runtime/engine.ts";
import { markStale, type Staleness } from "../../sleep/stale-objects.ts";
import type { LedNamespace, LedServer, LedSocket } from "./session-interfaces.ts";

const SOCKET: Staleness<LedSocket> = {
  kind: "socket",
  describe: (socket) => socket._describe(),
  report: (socket, error) => reportUse(socket._conn._runtime, error),
  parts: {
    conn: {
      get(): Connection {
        markStale(this._conn, CONNECTION);
        return this._conn;
      },
    },
  },
};
const CONNECTION: Staleness<Connection> = {
  kind: "socket.conn",
  describe: (connection) => connection._describe(),
  report: (connection, error) => reportUse(connection._runtime, error),
};
const NAMESPACE: Staleness<LedNamespace> = {
  kind: "namespace",
  describe: (nsp) => nsp.name,
  report: (nsp, error) => reportUse(nsp.server._runtime, error),
};
const ENGINE: Staleness<Engine> = {
  kind: "io.engine",
  describe: () => "a server",
  report: (engine, error) => reportUse(engine, error),
};
const SERVER: Staleness<LedServer> = {
  kind: "io",
  describe: () => "a server",
  report: (server, error) => reportUse(server._runtime, error),
};

/** The server was replaced by another after a sleep: it and all it has made are stale. Clients notice nothing. */
export function retireServer(server: LedServer, sockets: Iterable<LedSocket>): void {
  server._runtime.forgetSleepers();
  for (const socket of sockets) retireSocket(socket);
  for (const nsp of server._nsps.present()) markStale(nsp, NAMESPACE);
  server._sleep.retire((error) => reportUse(server._runtime, error));
  markStale(server.engine, ENGINE);
  markStale(server, SERVER);
  for (const connection of server._runtime.connections()) retireConnection(connection);
}

/** The server has been through a sleep, and makes its sockets again: this one is stale, with its connection. */
export function retireSocket(socket: LedSocket): void {
  socket._session = NONE;
  socket.connected = false;
  markStale(socket, SOCKET);
  retireConnection(socket._conn);
}

function retireConnection(connection: Connection): void {
  connection.readyState = "closed";
  // Others cannot be used: nobody was given them. Whoever asks a stale socket for its own gets a stale one.
  if (connection._handedOut === HandedOut.all) markStale(connection, CONNECTION);
}

function reportUse(reporter: { _report(error: unknown, where: string): void }, error: Error): void {
  reporter._report(error, "used after a sleep");
}
