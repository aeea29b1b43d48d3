/** The hosts of the router's rules. */
import type { RequestListener } from "node:http";
import { Server } from "../../../durable-objects/node/index.ts";
import { memoryStore } from "../../../layers/router/session/index.ts";
import { partyKitSource } from "../../support/partykit-facade.ts";
import { type Host, node, objects, type Serve } from "../harness/hosts.ts";
import { ALL } from "./all.ts";
import type { HostName, Platform, Rule } from "./rule.ts";

const serve: Serve<Rule> = async (rule, http, log) => {
  const platform: Platform = { host: "node", store: memoryStore() };
  http.on("request", answer(rule.http, platform));
  // Takes its own requests before the others get there.
  const io = new Server(http);
  await rule.server(io, log, platform);
  return io;
};

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

/** With what each is of. */
export const HOSTS: [kind: HostName, host: Host<Rule>][] = [
  ["node", node(false, serve)],
  ["node", node(true, serve)],
  ...(Object.keys(SOURCES) as (keyof typeof SOURCES)[]).map((kind): [HostName, Host<Rule>] => {
    return [kind, objects({ kind, source: SOURCES[kind], all: ALL })];
  }),
];
