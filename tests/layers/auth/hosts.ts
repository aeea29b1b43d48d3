/** The hosts on which the rules are run: Node, and three kinds of objects in workerd, put to sleep at will. */

import { createServer } from "node:http";
import { Server } from "../../../durable-objects/node/index.ts";
import { encodeEntry } from "../../scenarios/harness/encode.ts";
import type { RunningServer } from "../../scenarios/harness/server-under-test.ts";
import type { Entry } from "../../scenarios/scenario.ts";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { listen } from "../../support/oracle.ts";
import { partyKitSource } from "../../support/partykit-facade.ts";
import { ALL } from "./all.ts";
import type { Rule } from "./rule.ts";

export interface Host {
  name: string;
  start(rule: Rule): Promise<RunningServer>;
  dispose(): Promise<void>;
}

/** Node; with `hibernate`, asleep before each thing that a client does. */
export function node(hibernate: boolean): Host {
  return {
    name: hibernate ? "node, asleep before each event" : "node",
    async start(rule) {
      const entries: Entry[] = [];
      const httpServer = createServer();
      const log = (event: string, ...values: unknown[]) => {
        entries.push(encodeEntry(event, values));
      };
      const io = new Server(httpServer);
      await rule.server(io, log);
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

/** Objects in workerd that leave memory before each thing that a client does. */
export function objects(kind: keyof typeof SOURCES): Host {
  let worker: Promise<RunningWorker> | undefined;
  const startOnce = () => {
    worker ??= startWorker({
      entry: { source: SOURCES[kind] },
      classes: { OBJECTS: "Objects" },
      compatibilityFlags: ["nodejs_compat"],
    });
    return worker;
  };
  let runs = 0;
  return {
    name: `${kind}, evicted before each event`,
    async start(rule) {
      const { url, evict } = await startOnce();
      const name = `${ALL.indexOf(rule)}-${++runs}`;
      const beforeEvent = () => evict(name).catch(ignoreAbsence);
      return {
        url,
        pathPrefix: `/${name}`,
        async fetchLog() {
          return (await (await fetch(`${url}/${name}/~log`)).json()) as Entry[];
        },
        ...(rule.awake === undefined && { beforeEvent }),
        stop: async () => {},
      };
    },
    dispose: async () => (await worker)?.stop(),
  };
}

const IMPORTS = 'import { fetchHandler, setUp } from "./tests/layers/auth/worker-side.ts";';

const ROUTED = `
  export class Objects extends createServer((io, { name }) => setUp(io, name)) {}
  export default {
    fetch: fetchHandler((request, name, env) => routeSocketIO(request, env.OBJECTS, { name })),
  };
`;

const PARTYKIT = partyKitSource({
  head: `
    import { createServer } from "dormouse-io/partykit";
    ${IMPORTS}
    const chosen = new WeakMap();
    const options = { room: (request) => chosen.get(request) };
    class Room extends createServer(options, (io, room) => setUp(io, room.id)) {}
    const Worker = Room;
  `,
  parties: 'export const Objects = createDurable(Room, { name: "OBJECTS" });',
  foot: `
    export default {
      fetch(request, env, ctx) {
        const all = createMultiParties(env, { host: new URL(request.url).host });
        return fetchHandler((stripped, name) => {
          chosen.set(stripped, name);
          return Room.onFetch(stripped, { parties: { main: all.OBJECTS }, env }, ctx);
        })(request, env);
      },
    };
  `,
});

const SOURCES = {
  "durable objects": `import { createServer, routeSocketIO } from "dormouse-io"; ${IMPORTS} ${ROUTED}`,
  partyserver: `
    import { createServer, routeSocketIO } from "dormouse-io/partyserver"; ${IMPORTS} ${ROUTED}`,
  partykit: PARTYKIT,
};

/** An object that is not in memory (not yet, or not any more) needs no eviction. */
function ignoreAbsence(error: unknown): void {
  if (!(error instanceof Error && error.message.includes("not currently running"))) throw error;
}
