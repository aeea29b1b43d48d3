/** The hosts under test, with the same application. */
import { createServer } from "node:http";
import { Server } from "../../durable-objects/node/index.ts";
import { startWorker } from "../support/miniflare.ts";
import { listen } from "../support/oracle.ts";
import { application, OPTIONS } from "./application.ts";

export interface Host {
  /** Origin, `http:`. */
  url: string;
  stop(): Promise<void>;
}

async function startNode(): Promise<Host> {
  const httpServer = createServer();
  const io = new Server(httpServer, OPTIONS);
  application(io);
  const { url, stop } = await listen(httpServer);
  return { url, stop: async () => void (await Promise.all([io.close(), stop()])) };
}

function startDurableObject(): Promise<Host> {
  const entry = new URL("clients.worker.ts", import.meta.url);
  return startWorker({ entry, classes: { CLIENTS: "Clients" } });
}

export const HOSTS: Record<string, () => Promise<Host>> = {
  "Node host": startNode,
  "Durable Object host": startDurableObject,
};
