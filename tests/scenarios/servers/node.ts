/** Dormouse on Node. */
import { createServer } from "node:http";
import type { Server as UpstreamServer } from "socket.io";
import { Server, type ServerOptions } from "../../../durable-objects/node/index.ts";
import { listen } from "../../support/oracle.ts";
import { ALL_TRANSPORTS, type ClientKind, nameOf } from "../harness/client-kinds.ts";
import { encodeEntry } from "../harness/encode.ts";
import type { RunningServer, ServerUnderTest } from "../harness/server-under-test.ts";
import type { Entry, Log, Scenario } from "../scenario.ts";
import { markRestoredListeners, withoutRepetition } from "./repetition.ts";

/** Dormouse on Node. With `hibernate`, the server sleeps before each thing a client does. */
export function node({ hibernate, clients = "websocket" }: Settings): ServerUnderTest {
  const more = clients === "websocket" ? {} : ALL_TRANSPORTS;
  return {
    name: nameOf(hibernate ? "node, hibernated before each event" : "node", clients),
    clients,
    accepts: ({ awake }) => !(hibernate && awake !== undefined),
    async start(scenario: Scenario): Promise<RunningServer> {
      const entries: Entry[] = [];
      const log: Log = (event, ...values) => void entries.push(encodeEntry(event, values));
      const httpServer = createServer();
      const io = new Server(httpServer, { ...more, ...scenario.options } as ServerOptions);
      const upstream = io as unknown as UpstreamServer;
      if (hibernate) markRestoredListeners(upstream);
      scenario.server(upstream, hibernate ? withoutRepetition(log) : log);
      const { url, stop } = await listen(httpServer);
      return {
        url,
        pathPrefix: "",
        fetchLog: async () => [...entries],
        ...(hibernate && { beforeEvent: async () => io.hibernate() }),
        stop: async () => void (await Promise.all([io.close(), stop()])),
      };
    },
    dispose: async () => {},
  };
}

interface Settings {
  hibernate: boolean;
  clients?: ClientKind;
}
