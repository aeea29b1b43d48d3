/** The reference: npm `socket.io` on a Node HTTP server, on a port of its own. */
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo, Socket as NetSocket } from "node:net";
import { Server, type ServerOptions } from "socket.io";

/** A running reference server. */
export interface Oracle {
  /** Origin, `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly io: Server;
  readonly httpServer: HttpServer;
  /** Ends the server and every connection to it. */
  stop(): Promise<void>;
}

/** Starts a reference server; `setup` registers its listeners before it listens. */
export async function startOracle(
  options: Partial<ServerOptions>,
  setup: (io: Server) => void,
): Promise<Oracle> {
  const httpServer = createServer();
  const io = new Server(httpServer, { ...options });
  setup(io);
  const { url, stop } = await listen(httpServer);
  return {
    url,
    io,
    httpServer,
    stop: async () => {
      await Promise.all([io.close(), stop()]);
    },
  };
}

/** Makes an HTTP server listen on a port chosen by the system. `stop` also drops its connections. */
export async function listen(server: HttpServer): Promise<{ url: string; stop(): Promise<void> }> {
  const connections = new Set<NetSocket>();
  server.on("connection", (connection: NetSocket) => {
    connections.add(connection);
    connection.once("close", () => connections.delete(connection));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const stop = () => {
    return new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const connection of connections) connection.destroy();
    });
  };
  return { url: `http://127.0.0.1:${port}`, stop };
}
