/**
 * Dormouse in Durable Objects, in workerd. All scenarios share one Worker: each has a class of its
 * own (options belong to classes), each run an object of its own, told apart by a prefix of the path
 * that is taken off before the server sees it.
 */
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { ALL } from "../all.ts";
import { type ClientKind, nameOf } from "../harness/client-kinds.ts";
import type { RunningServer, ServerUnderTest } from "../harness/server-under-test.ts";
import type { Entry, Scenario } from "../scenario.ts";
import { LOG_PATH } from "./worker-side.ts";

/** What of the package makes the objects. */
export interface Kind {
  name: string;
  /**
   * The Worker's source: exports the classes and handles requests as `fetchHandler` does. `chosen`: the numbers
   * of the scenarios; default: all. `polls`: whether clients may.
   */
  makeSource(evicted: boolean, chosen?: readonly number[], polls?: boolean): string;
  /** Scenarios that are not for it, by name, and why. */
  excluded?: Readonly<Record<string, string>>;
}

export const DURABLE_OBJECTS: Kind = {
  name: "workerd",
  makeSource: (evicted, ...more) => makeSource("dormouse-io", evicted, ...more),
};

/** Durable Objects in workerd. With `evict`, the object leaves memory before each thing a client does. */
export function workerd(settings: Settings): ServerUnderTest {
  const {
    evict,
    kind = DURABLE_OBJECTS,
    clients = "websocket",
    list = ALL,
    define = {},
    isPacked,
  } = settings;
  const chosen = list.map((scenario) => ALL.indexOf(scenario));
  const source = kind.makeSource(evict, chosen, clients !== "websocket");
  // Nobody ends one whose scenarios are all left out by a pattern, so none is started for them.
  let worker: Promise<RunningWorker> | undefined;
  let runs = 0;
  return {
    name: nameOf(evict ? `${kind.name}, evicted before each event` : kind.name, clients),
    clients,
    accepts: ({ name, nodeOnly, awake }) =>
      nodeOnly === undefined &&
      !(evict && awake !== undefined) &&
      kind.excluded?.[name] === undefined,
    async start(scenario: Scenario): Promise<RunningServer> {
      worker ??= startScenarios(source, chosen, { define, isPacked });
      const { url, evict: leaveMemory, stoodStill } = await worker;
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
        stoodStill,
        stop: async () => {},
      };
    },
    dispose: async () => (await worker)?.stop(),
  };
}

interface Settings {
  evict: boolean;
  kind?: Kind;
  clients?: ClientKind;
  /** Those that there are classes for. Default: all. */
  list?: readonly Scenario[];
  /** Constants that the bundler is told. */
  define?: Record<string, string>;
  /** Whether the Worker has the library as it is packed. */
  isPacked?: boolean;
}

/** The source of a Worker whose classes come from one of the package's entries. `polls`: whether clients may. */
export function makeSource(
  entry: string,
  evicted: boolean,
  chosen = numbers,
  polls = false,
): string {
  const classes = chosen.map((number) => {
    const scenario = `ALL[${number}]!`;
    return `export class ${classOf(number)} extends
        createServer({ hibernate: "always", ...MORE, ...${scenario}.options }, serverHalf(${scenario}, ${evicted})) {
      constructor(ctx, env) {
        super(ctx, env);
        ctx.blockConcurrencyWhile(async () => started(ctx));
      }
      fetch(request) {
        abortIfAsked(request, this.ctx);
        return super.fetch(request);
      }
    }`;
  });
  return `
    import { createServer, routeSocketIO } from "${entry}";
    ${moreOptions(polls)}
    import { ALL } from "./tests/scenarios/all.ts";
    import { abortIfAsked, fetchHandler, serverHalf, started } from "./tests/scenarios/servers/worker-side.ts";
    ${classes.join("\n")}
    export default { fetch: fetchHandler(routeSocketIO) };
  `;
}

/** The options that servers need for their clients, as `MORE`. */
export function moreOptions(polls: boolean): string {
  if (!polls) return "const MORE = {};";
  return `import { polling } from "dormouse-io/polling";
    const MORE = { transports: [polling, "websocket"] };`;
}

/** The numbers of the scenarios, which name their classes. */
export const numbers: readonly number[] = ALL.map((_, number) => number);

function startScenarios(
  source: string,
  chosen: readonly number[],
  settings: Pick<Settings, "define" | "isPacked">,
): Promise<RunningWorker> {
  return startWorker({
    ...settings,
    entry: { source },
    classes: Object.fromEntries(chosen.map((number) => [bindingOf(number), classOf(number)])),
    compatibilityFlags: ["nodejs_compat"],
  });
}

/** An object that is not in memory (not yet, or not any more) needs no eviction. */
export function ignoreAbsence(error: unknown): void {
  if (!(error instanceof Error && error.message.includes("not currently running"))) throw error;
}

/** The class of a scenario. */
export const classOf = (number: number) => `Scenario${number}`;
/** The binding of its objects. */
export const bindingOf = (number: number) => `SCENARIO_${number}`;
