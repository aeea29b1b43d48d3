/** The hosts under test, each with all the servers of servers.ts: real dev servers where there are any. */
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { Server } from "../../durable-objects/node/index.ts";
import { makeProject, startPartyKit, startWrangler } from "../support/dev-server.ts";
import {
  classOf,
  type HostName,
  SERVER_NAMES,
  type ServerName,
  serversOn,
  setup,
} from "./servers.ts";

/** Where a room of a server is. */
export interface Place {
  /** `http://127.0.0.1:<port>`. */
  origin: string;
  /** What stands in the path before the option `path`. */
  prefix: string;
}

export interface Host {
  readonly name: HostName;
  /** A room of this server that nobody has been in. */
  newRoom(server: ServerName): Place;
  stop(): Promise<void>;
}

let rooms = 0;

const newName = (): string => `room-${++rooms}`;
/** A module of this folder, as a literal for sources. */
const fileOf = (name: string): string => {
  return JSON.stringify(fileURLToPath(new URL(name, import.meta.url)));
};

/** There is no routing in front of a server here: each room is a server of its own. */
async function startNode(): Promise<Host> {
  const options = serversOn("Node");
  const stops: (() => Promise<unknown>)[] = [];
  const newRoom = (server: ServerName): Place => {
    const httpServer = createServer((_request, response) => void response.writeHead(404).end());
    const io = new Server(httpServer, options[server]);
    setup(io, newName());
    // Without a name to look up, Node binds the port at once.
    const { port } = httpServer.listen(0).address() as AddressInfo;
    const sockets = new Set<Socket>();
    httpServer.on("connection", (socket) => sockets.add(socket));
    stops.push(async () => {
      const closed = io.close();
      // Upgrades that nobody has taken among them.
      for (const socket of sockets) socket.destroy();
      await closed;
    });
    return { origin: `http://127.0.0.1:${port}`, prefix: "" };
  };
  return {
    name: "Node",
    newRoom,
    stop: async () => void (await Promise.all(stops.map((stop) => stop()))),
  };
}

/** `entry`: the package's. `worker`: a Worker that makes the classes and routes to them. */
async function startOnWrangler(name: HostName, entry: string, worker: string): Promise<Host> {
  const classes = SERVER_NAMES.map(classOf);
  const alias = entry === "cloudflare" ? "dormouse-io" : `dormouse-io/${entry}`;
  const made = SERVER_NAMES.map((server) => {
    return `export const ${classOf(server)} = makeClass("${server}");`;
  });
  const folder = await makeProject(entry, (folder) => ({
    "main.ts": `import worker, { makeClass } from ${fileOf(worker)};
      ${made.join("\n")}
      export default worker;`,
    "wrangler.json": {
      name: "options",
      main: `${folder}/main.ts`,
      compatibility_date: "2026-11-01",
      alias: { [alias]: `${folder}/dormouse.js` },
      vars: { MARK: "the environment" },
      durable_objects: { bindings: classes.map((one) => ({ name: one, class_name: one })) },
      migrations: [{ tag: "v1", new_sqlite_classes: classes }],
    },
  }));
  const { url, stop } = await startWrangler(folder);
  const newRoom = (server: ServerName): Place => {
    return { origin: url, prefix: `/parties/${server}/${newName()}` };
  };
  return { name, newRoom, stop };
}

async function startOnPartyKit(): Promise<Host> {
  const [main, ...others] = SERVER_NAMES;
  const source = (server: ServerName): string => {
    return `import { makeClass } from ${fileOf("partykit.worker.ts")};
      export default makeClass("${server}");`;
  };
  const folder = await makeProject("partykit", (folder) => ({
    ...Object.fromEntries(SERVER_NAMES.map((server) => [`${server}.ts`, source(server)])),
    "partykit.json": {
      name: "options",
      main: `${main}.ts`,
      parties: Object.fromEntries(others.map((server) => [server, `${folder}/${server}.ts`])),
      compatibilityDate: "2024-07-18",
      build: { alias: { "dormouse-io/partykit": `${folder}/dormouse.js` } },
    },
  }));
  const { url, stop } = await startPartyKit(folder);
  const newRoom = (server: ServerName): Place => {
    return { origin: url, prefix: `/parties/${server === main ? "main" : server}/${newName()}` };
  };
  return { name: "PartyKit", newRoom, stop };
}

export const HOSTS: Readonly<Record<HostName, () => Promise<Host>>> = {
  Node: startNode,
  "Durable Objects": () => {
    return startOnWrangler("Durable Objects", "cloudflare", "durable-objects.worker.ts");
  },
  PartyServer: () => startOnWrangler("PartyServer", "partyserver", "partyserver.worker.ts"),
  PartyKit: startOnPartyKit,
};
