/** Dormouse in three objects that are one server, in workerd; clients go to each in turn. */
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { ALL } from "../all.ts";
import type { RunningServer, ServerUnderTest } from "../harness/server-under-test.ts";
import type { Entry, Scenario } from "../scenario.ts";
import { ON_ITS_WAY, SERVERS } from "./oracle-cluster.ts";
import { AS_ONE, EXCLUDED, RECOVERY } from "./shards-excluded.ts";
import { LOG_PATH } from "./worker-side.ts";
import { bindingOf, classOf } from "./workerd.ts";

/** For these scenarios. Objects leave memory before each thing a client does. */
export function shards(list: readonly Scenario[]): ServerUnderTest {
  return spread(list, {
    name: `${SERVERS} shards, evicted before each event`,
    accepts: ({ name, nodeOnly, awake }) =>
      nodeOnly === undefined && awake === undefined && !EXCLUDED.has(name),
    shardOf: (client) => client % SERVERS,
  });
}

/** The same for scenarios in which they show what one server shows. */
export function shardsAsOne(list: readonly Scenario[]): ServerUnderTest {
  return spread(list, {
    name: `${SERVERS} shards, evicted before each event, as one server`,
    accepts: ({ name }) => AS_ONE.includes(name),
    shardOf: (client) => client % SERVERS,
  });
}

/** The same, where each connection is one of the next shard, whoever's it is. */
export function wanderedShards(list: readonly Scenario[]): ServerUnderTest {
  return spread(list, {
    name: `${SERVERS} shards, the next one with each connection, evicted before each event`,
    // Each shard's log is on its own there.
    accepts: ({ name }) =>
      RECOVERY.includes(name) &&
      name !== "recovery: an unknown private id or offset gives a fresh session",
    shardOf: () => "next",
  });
}

interface Spreading extends Pick<ServerUnderTest, "name" | "accepts"> {
  /** Where a client is; `next`: for each connection on another. */
  shardOf(client: number): number | "next";
}

function spread(
  list: readonly Scenario[],
  { name: title, accepts, shardOf }: Spreading,
): ServerUnderTest {
  const numbers = list.filter(accepts).map((scenario) => ALL.indexOf(scenario));
  // Nobody ends one whose scenarios are all left out by a pattern, so none is started for them.
  let worker: Promise<RunningWorker> | undefined;
  const start = () =>
    startWorker({
      entry: { source: makeSource(numbers) },
      classes: Object.fromEntries(numbers.map((number) => [bindingOf(number), classOf(number)])),
      compatibilityFlags: ["nodejs_compat"],
    });
  let runs = 0;
  return {
    name: title,
    accepts,
    async start(scenario: Scenario): Promise<RunningServer> {
      worker ??= start();
      const { url, evict, stoodStill } = await worker;
      const binding = bindingOf(ALL.indexOf(scenario));
      const name = `run-${++runs}`;
      const objects = Array.from({ length: SERVERS }, (_, shard) => {
        return shard === 0 ? name : `${name}/shard-${shard}`;
      });
      const prefixOf = (shard: number | "next") => `/${binding}/${name}~${shard}`;
      const placeOf = (client: number) => ({ url, pathPrefix: prefixOf(shardOf(client)) });
      return {
        ...placeOf(0),
        placeOf,
        settle: () => new Promise((resolve) => setTimeout(resolve, ON_ITS_WAY)),
        async fetchLog() {
          const response = await fetch(`${url}${prefixOf(0)}/${LOG_PATH}`);
          return (await response.json()) as Entry[];
        },
        async beforeEvent() {
          await Promise.all(
            objects.map((object) => evict(object, "hibernate", binding).catch(ignoreAbsence)),
          );
        },
        stoodStill,
        stop: async () => {},
      };
    },
    dispose: async () => (await worker)?.stop(),
  };
}

/** An object that is not in memory needs no eviction. */
function ignoreAbsence(error: unknown): void {
  if (!(error instanceof Error && error.message.includes("not currently running"))) throw error;
}

/** `/<class's binding>/<server>~<shard>/…` is a path of a shard, `~next` for one connection after the other. */
function makeSource(numbers: readonly number[]): string {
  const classes = numbers.map((number) => {
    const scenario = `ALL[${number}]!`;
    return `export class ${classOf(number)} extends createServer(
        { hibernate: "always", ...${scenario}.options, shards: spread },
        serverHalf(${scenario}, true)) {
      constructor(ctx, env) {
        super(ctx, env);
        ctx.blockConcurrencyWhile(async () => started(ctx));
      }
    }`;
  });
  return `
    import { createServer, routeSocketIO } from "dormouse-io";
    import { shards } from "dormouse-io/shards";
    import { ALL } from "./tests/scenarios/all.ts";
    import { logOf, LOG_PATH, serverHalf, started } from "./tests/scenarios/servers/worker-side.ts";
    const wanted = new WeakMap();
    const connections = new Map();
    function next(name) {
      const before = connections.get(name) ?? 0;
      connections.set(name, before + 1);
      return before % ${SERVERS};
    }
    const spread = shards({ count: ${SERVERS}, by: (request) => wanted.get(request) });
    ${classes.join("\n")}
    export default {
      async fetch(request, env) {
        const url = new URL(request.url);
        const [, binding, place, ...rest] = url.pathname.split("/");
        const [name, shard] = place.split("~");
        if (rest[0] === LOG_PATH) {
          const names = Array.from({ length: ${SERVERS} }, (_, i) => i ? name + "/shard-" + i : name);
          return Response.json(names.flatMap(logOf));
        }
        url.pathname = "/" + rest.join("/");
        const routed = new Request(url, request);
        wanted.set(routed, shard === "next" ? next(name) : Number(shard));
        const options = { path: "/" + rest[0], name, shards: spread };
        return (await routeSocketIO(routed, env[binding], options)) ?? new Response("not found", { status: 404 });
      },
    };
  `;
}
