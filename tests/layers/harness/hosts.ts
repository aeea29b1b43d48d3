/**
 * The hosts on which the rules of a layer are run: Node, and objects in workerd, put to sleep at will. A layer says
 * how a rule becomes a server; the Worker's part is worker-side.ts.
 */
import { createServer, type Server as HttpServer } from "node:http";
import { after, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Server } from "../../../durable-objects/node/index.ts";
import { ClientContext } from "../../scenarios/harness/context.ts";
import { encodeEntry } from "../../scenarios/harness/encode.ts";
import type { RunningServer } from "../../scenarios/harness/server-under-test.ts";
import type { Entry, Log } from "../../scenarios/scenario.ts";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { listen } from "../../support/oracle.ts";

/** A sentence about a layer, as far as its clients go. */
export interface LayerRule {
  name: string;
  client(t: ClientContext): Promise<void>;
}

export interface Host<Rule> {
  name: string;
  start(rule: Rule): Promise<RunningServer>;
  dispose(): Promise<void>;
}

/** Makes a rule's server on an HTTP server. */
export type Serve<Rule> = (rule: Rule, http: HttpServer, log: Log) => Server | Promise<Server>;

/** Rules under way at the same time: enough to hide their waiting, few enough for two cores. */
const CONCURRENCY = 6;

/** Reasons to stay awake that end by themselves. */
const WAITED_FOR: ReadonlySet<string> = new Set(["promise", "request"]);

/** Node; with `hibernate`, asleep before each thing that a client does. */
export function node<Rule>(hibernate: boolean, serve: Serve<Rule>): Host<Rule> {
  return {
    name: hibernate ? "node, asleep before each event" : "node",
    async start(rule) {
      const entries: Entry[] = [];
      const http = createServer();
      const io = await serve(rule, http, (event, ...values) => {
        entries.push(encodeEntry(event, values));
      });
      const { url, stop } = await listen(http);
      return {
        url,
        pathPrefix: "",
        fetchLog: async () => [...entries],
        ...(hibernate && { beforeEvent: () => sleepOnceSettled(io) }),
        stop: async () => void (await Promise.all([io.close(), stop()])),
      };
    },
    dispose: async () => {},
  };
}

/** While a listener of an event goes on, or somebody has asked for it, no object sleeps. */
async function sleepOnceSettled(io: Server): Promise<void> {
  while (io.awakeReasons.some(({ kind }) => WAITED_FOR.has(kind))) await delay(1);
  io.hibernate();
}

/** Objects of one kind. */
export interface ObjectsOf<Rule> {
  /** What they are, for the test's name. */
  kind: string;
  /** The Worker, with a class `Objects` bound as `OBJECTS`. */
  source: string;
  /** Every rule: its place in the list begins the name of its objects. */
  all: readonly Rule[];
  /** Whether a rule's object can be put to sleep. Default: all can. */
  sleeps?: (rule: Rule) => boolean;
}

/** Objects in workerd that leave memory before each thing that a client does. */
export function objects<Rule>({
  kind,
  source,
  all,
  sleeps = () => true,
}: ObjectsOf<Rule>): Host<Rule> {
  let worker: Promise<RunningWorker> | undefined;
  const startOnce = () => {
    worker ??= startWorker({
      entry: { source },
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
      const name = `${all.indexOf(rule)}-${++runs}`;
      const beforeEvent = () => evict(name).catch(ignoreAbsence);
      return {
        url,
        pathPrefix: `/${name}`,
        async fetchLog() {
          return (await (await fetch(`${url}/${name}/~log`)).json()) as Entry[];
        },
        ...(sleeps(rule) && { beforeEvent }),
        stop: async () => {},
      };
    },
    dispose: async () => (await worker)?.stop(),
  };
}

/** Tests every rule on a host. */
export function testRules<Rule extends LayerRule>(
  layer: string,
  host: Host<Rule>,
  rules: readonly Rule[],
): void {
  describe(`${layer} on ${host.name}`, { concurrency: CONCURRENCY }, () => {
    after(() => host.dispose());
    for (const rule of rules) {
      test(rule.name, async () => {
        const running = await host.start(rule);
        const context = new ClientContext(running);
        try {
          await rule.client(context);
          await context.finish();
        } finally {
          context.dispose();
          await running.stop();
        }
      });
    }
  });
}

/** An object that is not in memory (not yet, or not any more) needs no eviction. */
function ignoreAbsence(error: unknown): void {
  if (!(error instanceof Error && error.message.includes("not currently running"))) throw error;
}
