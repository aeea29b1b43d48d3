/** The hosts under test, and `socket.io` itself, each with all the servers of application.ts. */
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { Server as UpstreamServer } from "socket.io";
import { Server } from "../../durable-objects/node/index.ts";
import { type RunningWorker, startWorker } from "../support/miniflare.ts";
import { listen } from "../support/oracle.ts";
import { partyKitSource } from "../support/partykit-facade.ts";
import { OPTIONS, SERVER_NAMES, type ServerName, setup, transportsOf } from "./application.ts";

export type HostName = "Node" | "Durable Objects" | "PartyServer" | "PartyKit";

export interface Host {
  readonly name: string;
  /** A room of this server that nobody has been in: the URL up to the path. */
  newRoom(server: ServerName): Promise<string>;
  /** The Worker, and the binding of a room's URL, where there is one. */
  readonly worker?: RunningWorker;
  stop(): Promise<void>;
}

let rooms = 0;
const nameFor = (server: ServerName) => `${server}-${++rooms}`;

function startOnNode(name: string, make: (httpServer: object, options: object) => unknown) {
  return async (): Promise<Host> => {
    const stops: (() => Promise<unknown>)[] = [];
    return {
      name,
      async newRoom(server) {
        const httpServer = createServer();
        const options = { ...OPTIONS[server], transports: transportsOf(server) };
        setup(make(httpServer, options) as never, nameFor(server));
        const { url, stop } = await listen(httpServer);
        stops.push(stop);
        return url;
      },
      stop: async () => void (await Promise.all(stops.map((stop) => stop()))),
    };
  };
}

const classOf = (kind: string, server: string) => `${kind}${server.toUpperCase()}`;

function sourceOf(name: string): string {
  return JSON.stringify(fileURLToPath(new URL(name, import.meta.url)));
}

async function startOnWorkerd(name: string, source: string, kind: string): Promise<Host> {
  const classes = SERVER_NAMES.map((server) => classOf(kind, server));
  const worker = await startWorker({
    entry: { source },
    classes: Object.fromEntries(classes.map((one) => [one, one])),
    compatibilityFlags: ["nodejs_compat"],
  });
  return {
    name,
    newRoom: async (server) => `${worker.url}/${classOf(kind, server)}/${nameFor(server)}`,
    worker,
    stop: () => worker.stop(),
  };
}

function startClasses(name: string, kind: string): () => Promise<Host> {
  const classes = SERVER_NAMES.map(
    (server) => `export const ${classOf(kind, server)} = make${kind}("${server}");`,
  );
  const source = `
    import worker, { make${kind} } from ${sourceOf("polling.worker.ts")};
    ${classes.join("\n")}
    export default worker;`;
  return () => startOnWorkerd(name, source, kind);
}

function startPartyKit(): Promise<Host> {
  const rooms = SERVER_NAMES.map((server) => {
    return `const Room${server} = makeRoom("${server}", (request) => chosen.get(request));`;
  });
  const parties = SERVER_NAMES.map((server) => {
    const name = classOf("Room", server);
    return `export const ${name} = createDurable(Room${server}, { name: "${name}" });`;
  });
  const edges = SERVER_NAMES.map((server) => `${classOf("Room", server)}: Room${server}`);
  const source = partyKitSource({
    head: `
      import { makeRoom } from ${sourceOf("partykit.worker.ts")};
      const chosen = new WeakMap();
      ${rooms.join("\n")}
      const Worker = Roomusual;`,
    parties: parties.join("\n"),
    foot: `
      const edges = { ${edges.join(", ")} };
      export default {
        async fetch(request, env, ctx) {
          const url = new URL(request.url);
          const [, party, name, ...rest] = url.pathname.split("/");
          url.pathname = "/" + rest.join("/");
          const stripped = new Request(url, request);
          chosen.set(stripped, name);
          const main = createMultiParties(env, { host: url.host })[party];
          return edges[party].onFetch(stripped, { parties: { main }, env }, ctx);
        },
      };`,
  });
  return startOnWorkerd("PartyKit", source, "Room");
}

export const startOracle = startOnNode(
  "socket.io",
  (httpServer, options) => new UpstreamServer(httpServer as never, options),
);

export const HOSTS: Readonly<Record<HostName, () => Promise<Host>>> = {
  Node: startOnNode("Node", (httpServer, options) => new Server(httpServer as never, options)),
  "Durable Objects": startClasses("Durable Objects", "Object"),
  PartyServer: startClasses("PartyServer", "Party"),
  PartyKit: startPartyKit,
};
