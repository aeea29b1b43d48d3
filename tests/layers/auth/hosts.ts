/** The hosts of the helper's rules. */
import { Server } from "../../../durable-objects/node/index.ts";
import { partyKitSource } from "../../support/partykit-facade.ts";
import { type Host, node, objects, type Serve } from "../harness/hosts.ts";
import { ALL } from "./all.ts";
import type { Rule } from "./rule.ts";

const serve: Serve<Rule> = async (rule, http, log) => {
  const io = new Server(http);
  await rule.server(io, log);
  return io;
};

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

const sleeps = ({ awake }: Rule): boolean => awake === undefined;

export const HOSTS: Host<Rule>[] = [
  node(false, serve),
  node(true, serve),
  ...Object.entries(SOURCES).map(([kind, source]) => objects({ kind, source, all: ALL, sleeps })),
];
