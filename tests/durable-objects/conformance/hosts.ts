/** The hosts that the conformance suite runs on: every platform, asleep in between and staying awake. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "../../../durable-objects/node/index.ts";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { partyKitSource } from "../../support/partykit-facade.ts";
import { OPTIONS, probe, setup } from "./probe.ts";

/** One server on a host. */
export interface Place {
  /** Origin. */
  url: string;
  /** In front of `/socket.io/` and `/probe/`. */
  prefix: string;
  /** Everything in memory is dropped, and restored with the next event. */
  sleep(): Promise<void>;
}

export interface TestedHost {
  name: string;
  /** Whether connections outlive what `sleep` does. */
  sleeps: boolean;
  /** Whether the server was told never to sleep. */
  staysAwake: boolean;
  /** Whether applications share the storage with us. */
  sharesStorage: boolean;
  /** Whether the storage says later what it cannot hold. */
  answersLate?: boolean;
  /** Whether `Host.load` gives what was kept. */
  loads: boolean;
  start(): Promise<{ place(name: string): Promise<Place>; stop(): Promise<void> }>;
}

const PROBE = "./tests/durable-objects/conformance/probe.ts";
const HEAD = `import { OPTIONS, probe, setup } from "${PROBE}";`;
const AWAKE = "{ ...OPTIONS, hibernate: false }";

/** An object's class that answers probes itself. */
function objectClass(name: string, options: string): string {
  return `export class ${name} extends createServer(${options}, setup) {
    async fetch(request) {
      const url = new URL(request.url);
      const answer = await probe(this.io, this.ctx.storage, url);
      return answer === null ? super.fetch(request) : Response.json(answer);
    }
  }`;
}

const ROUTE = `
  export default {
    fetch(request, env) {
      const url = new URL(request.url);
      const [, kind, name, ...rest] = url.pathname.split("/");
      url.pathname = "/" + rest.join("/");
      return env[kind].get(env[kind].idFromName(name)).fetch(new Request(url, request));
    },
  };`;

function objectSource(entry: string): string {
  return `
    import { createServer } from "${entry}";
    ${HEAD}
    ${objectClass("Sleeping", "OPTIONS")}
    ${objectClass("Awake", AWAKE)}
    ${ROUTE}`;
}

function roomClass(name: string, options: string): string {
  return `class ${name}Room extends createServer(${options}, setup) {
    async onRequest(request) {
      const answer = await probe(this.io, this.room.storage, new URL(request.url));
      return answer === null ? super.onRequest(request) : Response.json(answer);
    }
  }`;
}

function roomSource(): string {
  const names = ["Sleeping", "Awake"];
  return partyKitSource({
    head: `
      import { createServer } from "dormouse-io/partykit";
      ${HEAD}
      ${roomClass("Sleeping", "{ ...OPTIONS, room: (request) => chosen.get(request) }")}
      ${roomClass("Awake", "{ ...OPTIONS, hibernate: false, room: (request) => chosen.get(request) }")}
      const chosen = new WeakMap();
      const Worker = SleepingRoom;`,
    parties: names
      .map((name) => `export const ${name} = createDurable(${name}Room, { name: "${name}" });`)
      .join("\n"),
    foot: `
      const edges = { Sleeping: SleepingRoom, Awake: AwakeRoom };
      export default {
        async fetch(request, env, ctx) {
          const url = new URL(request.url);
          const [, kind, name, ...rest] = url.pathname.split("/");
          url.pathname = "/" + rest.join("/");
          const all = createMultiParties(env, { host: url.host });
          const stripped = new Request(url, request);
          chosen.set(stripped, name);
          const lobby = { parties: { main: all[kind] }, env };
          const ours = await edges[kind].onFetch(stripped, lobby, ctx);
          return ours ?? all[kind].get(name).fetch(url.pathname + url.search);
        },
      };`,
  });
}

function workerHosts(
  name: string,
  source: () => string,
  { answersLate = false, useSQLite = true } = {},
): TestedHost[] {
  let worker: Promise<RunningWorker> | undefined;
  let left = 2;
  const make = (kind: "Sleeping" | "Awake"): TestedHost => ({
    name: kind === "Sleeping" ? name : `${name}, staying awake`,
    sleeps: kind === "Sleeping",
    staysAwake: kind === "Awake",
    sharesStorage: true,
    answersLate,
    loads: kind === "Sleeping",
    async start() {
      worker ??= startWorker({
        entry: { source: source() },
        classes: { Sleeping: "Sleeping", Awake: "Awake" },
        compatibilityFlags: ["nodejs_compat"],
        useSQLite,
      });
      const running = await worker;
      return {
        place: async (object) => ({
          url: running.url,
          prefix: `/${kind}/${object}`,
          sleep: async () => {
            try {
              await running.evict(object, kind === "Sleeping" ? "hibernate" : "close", kind);
            } catch (error) {
              if (!String(error).includes("not currently running")) throw error;
            }
          },
        }),
        async stop() {
          left -= 1;
          if (left === 0) await running.stop();
        },
      };
    },
  });
  return [make("Sleeping"), make("Awake")];
}

const NODE: TestedHost = {
  name: "Node",
  sleeps: true,
  staysAwake: false,
  sharesStorage: false,
  loads: false,
  async start() {
    const servers: { http: ReturnType<typeof createServer>; io: Server }[] = [];
    return {
      async place() {
        const http = createServer();
        const io = new Server(http, OPTIONS);
        setup(io);
        http.on("request", (request, response) => {
          const url = new URL(request.url ?? "", "http://localhost");
          probe(io, undefined, url).then(
            (answer) => response.end(JSON.stringify(answer)),
            (error) => response.writeHead(500).end(String(error)),
          );
        });
        await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
        servers.push({ http, io });
        const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
        return { url, prefix: "", sleep: async () => io.hibernate() };
      },
      async stop() {
        for (const { http, io } of servers) {
          http.closeAllConnections();
          await io.close();
        }
      },
    };
  },
};

export const HOSTS: TestedHost[] = [
  ...workerHosts("Durable Objects", () => objectSource("dormouse-io")),
  ...workerHosts("Durable Objects without SQLite", () => objectSource("dormouse-io"), {
    answersLate: true,
    useSQLite: false,
  }),
  ...workerHosts("PartyServer", () => objectSource("dormouse-io/partyserver")),
  ...workerHosts("PartyKit", roomSource, { answersLate: true }),
  NODE,
];
