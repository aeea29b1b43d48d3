/** The hosts on which the rules are run: Node, and three kinds of objects in workerd, put to sleep at will. */
import { createServer, type RequestListener } from "node:http";
import { Server } from "../../../durable-objects/node/index.ts";
import { memoryStore } from "../../../layers/router/session/index.ts";
import { encodeEntry } from "../../scenarios/harness/encode.ts";
import type { RunningServer } from "../../scenarios/harness/server-under-test.ts";
import type { Entry } from "../../scenarios/scenario.ts";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { listen } from "../../support/oracle.ts";
import { partyKitSource } from "../../support/partykit-facade.ts";
import { ALL } from "./all.ts";
import type { HostName, Platform, Rule } from "./rule.ts";

export interface Host {
  name: string;
  kind: HostName;
  start(rule: Rule): Promise<RunningServer>;
  dispose(): Promise<void>;
}

/** Node; with `hibernate`, asleep before each thing that a client does. */
export function node(hibernate: boolean): Host {
  return {
    name: hibernate ? "node, asleep before each event" : "node",
    kind: "node",
    async start(rule) {
      const entries: Entry[] = [];
      const httpServer = createServer();
      const log = (event: string, ...values: unknown[]) => {
        entries.push(encodeEntry(event, values));
      };
      const platform: Platform = { host: "node", store: memoryStore() };
      httpServer.on("request", answer(rule.http, platform));
      // Takes its own requests before the others get there.
      const io = new Server(httpServer);
      await rule.server(io, log, platform);
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
export function objects(kind: Exclude<HostName, "node">): Host {
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
    kind,
    async start(rule) {
      const { url, evict } = await startOnce();
      const name = `${ALL.indexOf(rule)}-${++runs}`;
      return {
        url,
        pathPrefix: `/${name}`,
        async fetchLog() {
          return (await (await fetch(`${url}/${name}/~log`)).json()) as Entry[];
        },
        beforeEvent: () => evict(name).catch(ignoreAbsence),
        stop: async () => {},
      };
    },
    dispose: async () => (await worker)?.stop(),
  };
}

const WORKER_SIDE = "./tests/layers/router/worker-side.ts";

const IMPORTS = `import { fetchHandler, isSite, setUp, site } from "${WORKER_SIDE}";`;

const DURABLE_OBJECTS = `
  import { createServer, routeSocketIO } from "dormouse-io";
  ${IMPORTS}
  const host = "durable objects";
  export class Objects extends createServer((io, { ctx, name }) =>
    setUp(io, { host, name, storage: ctx.storage }),
  ) {
    fetch(request) {
      const { storage, id } = this.ctx;
      return isSite(request) ? site(request, { host, name: id.name, storage }) : super.fetch(request);
    }
  }
  export default {
    fetch: fetchHandler(async (request, name, env) => {
      if (isSite(request)) return env.OBJECTS.getByName(name).fetch(request);
      return routeSocketIO(request, env.OBJECTS, { name });
    }),
  };
`;

const PARTYSERVER = `
  import { createServer, routeSocketIO } from "dormouse-io/partyserver";
  ${IMPORTS}
  const host = "partyserver";
  export class Objects extends createServer((io, { ctx, name }) =>
    setUp(io, { host, name, storage: ctx.storage }),
  ) {
    onRequest(request) {
      return site(request, { host, name: this.name, storage: this.ctx.storage });
    }
  }
  export default {
    fetch: fetchHandler(async (request, name, env) => {
      if (isSite(request)) return env.OBJECTS.getByName(name).fetch(request);
      return routeSocketIO(request, env.OBJECTS, { name });
    }),
  };
`;

const PARTYKIT = partyKitSource({
  head: `
    import { createServer } from "dormouse-io/partykit";
    ${IMPORTS}
    const host = "partykit";
    import { handshakeCookies } from "dormouse-io/router/session";
    import { PASSWORD } from "./tests/layers/router/rules/sessions.ts";
    const chosen = new WeakMap();
    const options = {
      room: (request) => chosen.get(request),
      ...handshakeCookies(({ env }) => env && { password: PASSWORD, ttl: 3600 }),
    };
    class Room extends createServer(options, (io, room) =>
      setUp(io, { host, name: room.id, storage: room.storage }),
    ) {
      onRequest(request) {
        return site(request, { host, name: this.room.id, storage: this.room.storage });
      }
    }
    const Worker = Room;
  `,
  parties: 'export const Objects = createDurable(Room, { name: "OBJECTS" });',
  foot: `
    export default {
      fetch(request, env, ctx) {
        const all = createMultiParties(env, { host: new URL(request.url).host });
        return fetchHandler((stripped, name) => {
          if (isSite(stripped)) {
            const { pathname } = new URL(stripped.url);
            return all.OBJECTS.get(name).fetch(pathname, { headers: stripped.headers });
          }
          chosen.set(stripped, name);
          return Room.onFetch(stripped, { parties: { main: all.OBJECTS }, env }, ctx);
        })(request, env);
      },
    };
  `,
});

const SOURCES = {
  "durable objects": DURABLE_OBJECTS,
  partyserver: PARTYSERVER,
  partykit: PARTYKIT,
};

/** The rule's answer to a request of Node's. */
function answer(http: Rule["http"], platform: Platform): RequestListener {
  return async (request, response) => {
    const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
    const url = `http://${request.headers.host}${request.url}`;
    const asked = new Request(url, { headers: headers as [string, string][] });
    const answered = (await http?.(asked, platform)) ?? new Response("", { status: 404 });
    response.statusCode = answered.status;
    for (const [name, value] of answered.headers) response.appendHeader(name, value);
    response.end(await answered.text());
  };
}

/** An object that is not in memory (not yet, or not any more) needs no eviction. */
function ignoreAbsence(error: unknown): void {
  if (!(error instanceof Error && error.message.includes("not currently running"))) throw error;
}
