/** The hosts under test. */
import { createServer } from "node:http";
import { Server } from "../../durable-objects/node/index.ts";
import { startWorker } from "../support/miniflare.ts";
import { listen } from "../support/oracle.ts";
import { application, LIVELY } from "./application.ts";

/** A host with two servers: one with the default options, one with quick heartbeats. */
export interface Host {
  /** URL of the Socket.IO path, `http:`, with the parameters that choose the server. */
  url(lively: boolean): URL;
  stop(): Promise<void>;
}

async function startNode(): Promise<Host> {
  const servers = await Promise.all(
    [{}, LIVELY].map(async (options) => {
      const httpServer = createServer((_request, response) => void response.writeHead(404).end());
      const io = new Server(httpServer, options);
      application(io);
      return { io, ...(await listen(httpServer)) };
    }),
  );
  return {
    url: (lively) => new URL("/socket.io/", servers[lively ? 1 : 0]?.url),
    async stop() {
      await Promise.all(servers.map(async ({ io, stop }) => Promise.all([io.close(), stop()])));
    },
  };
}

async function startDurableObject(): Promise<Host> {
  const worker = await startWorker({
    entry: new URL("conformance.worker.ts", import.meta.url),
    classes: { CALM: "Calm", LIVELY: "Lively" },
  });
  return {
    url: (lively) => new URL(lively ? "/socket.io/?lively=1" : "/socket.io/", worker.url),
    stop: () => worker.stop(),
  };
}

export const HOSTS: Record<string, () => Promise<Host>> = {
  "Node host": startNode,
  "Durable Object host": startDurableObject,
};
