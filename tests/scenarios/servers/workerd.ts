/**
 * Dormouse in Durable Objects, in workerd. All scenarios share one Worker: each has a class of its
 * own (options belong to classes), each run an object of its own, told apart by a prefix of the path
 * that is taken off before the server sees it.
 */
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { ALL } from "../all.ts";
import type { RunningServer, ServerUnderTest } from "../harness/server-under-test.ts";
import type { Entry, Scenario } from "../scenario.ts";
import { LOG_PATH } from "./worker-side.ts";

/** See the file's head. With `evict`, the object leaves memory before each thing a client does. */
export function workerd({ evict }: { evict: boolean }): ServerUnderTest {
  const worker = startScenarios(evict);
  let runs = 0;
  return {
    name: evict ? "workerd, evicted before each event" : "workerd",
    accepts: ({ nodeOnly, awake }) => nodeOnly === undefined && !(evict && awake !== undefined),
    async start(scenario: Scenario): Promise<RunningServer> {
      const { url, evict: leaveMemory } = await worker;
      const binding = bindingOf(ALL.indexOf(scenario));
      const name = `run-${++runs}`;
      const pathPrefix = `/${binding}/${name}`;
      return {
        url,
        pathPrefix,
        async fetchLog() {
          const response = await fetch(`${url}${pathPrefix}/${LOG_PATH}`);
          return (await response.json()) as Entry[];
        },
        ...(evict && {
          beforeEvent: () => leaveMemory(name, "hibernate", binding).catch(ignoreAbsence),
        }),
        stop: async () => {},
      };
    },
    dispose: async () => (await worker).stop(),
  };
}

function startScenarios(evicted: boolean): Promise<RunningWorker> {
  const numbers = ALL.map((_, number) => number);
  const classes = numbers.map((number) => {
    const scenario = `ALL[${number}]!`;
    return `export class ${classOf(number)} extends
        createServer(${scenario}.options ?? {}, serverHalf(${scenario}, ${evicted})) {
      constructor(ctx, env) {
        super(ctx, env);
        constructed(ctx);
      }
    }`;
  });
  const source = `
    import { createServer, routeSocketIO } from "dormouse-io";
    import { ALL } from "./tests/scenarios/all.ts";
    import { constructed, fetchHandler, serverHalf } from "./tests/scenarios/servers/worker-side.ts";
    ${classes.join("\n")}
    export default { fetch: fetchHandler(routeSocketIO) };
  `;
  return startWorker({
    entry: { source },
    classes: Object.fromEntries(numbers.map((number) => [bindingOf(number), classOf(number)])),
    compatibilityFlags: ["nodejs_compat"],
  });
}

/** An object that is not in memory (not yet, or not any more) needs no eviction. */
function ignoreAbsence(error: unknown): void {
  if (!(error instanceof Error && error.message.includes("not currently running"))) throw error;
}

const classOf = (number: number) => `Scenario${number}`;
const bindingOf = (number: number) => `SCENARIO_${number}`;
