// Messages, calls and requests that come faster than a server gets through with them: the timer of its heartbeat, an
// alarm in workerd, does not go off between them.
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { describe, test } from "node:test";
import type { Socket } from "socket.io-client";
import { startWorker } from "../../../support/miniflare.ts";
import { partyKitSource } from "../../../support/partykit-facade.ts";
import { ask, connect } from "../../../support/stock-client.ts";
import { PATIENCE } from "./backlog.application.ts";

/** How long the server works on a message, at least, and for how long it gets new ones, in milliseconds. */
const WORK = 200;
const ASKED = 1.25 * PATIENCE;
/** So many messages wait for it at a time: that alone is longer than clients stay. Busy it is for both. */
const WAITING = Math.ceil((1.5 * PATIENCE) / WORK);

interface Running {
  url: string;
  /** What the server has written so far. */
  output(): string;
  stop(): unknown;
}

const APPLICATION = "./tests/durable-objects/shared/host/backlog.application.ts";

const HOSTS: Record<string, () => Promise<Running>> = {
  "Durable Objects": () => startObject("dormouse-io", "OPTIONS"),
  "Durable Objects that stay awake": () =>
    startObject("dormouse-io", "{ ...OPTIONS, hibernate: false }"),
  PartyServer: () => startObject("dormouse-io/partyserver", "OPTIONS"),
  PartyKit: startRoom,
  Node: startNode,
};

function startObject(entry: string, options: string): Promise<Running> {
  return startWorkerOf(`
    import { createServer } from "${entry}";
    import { OPTIONS, setup, work } from "${APPLICATION}";
    export class Busy extends createServer(${options}, setup) {
      call(rounds) {
        this.io.emit("called");
        return String(work(Number(rounds)));
      }
      async fetch(request) {
        const { pathname, searchParams } = new URL(request.url);
        if (pathname !== "/request") return super.fetch(request);
        return new Response(String(work(Number(searchParams.get("rounds")))));
      }
    }
    export default {
      async fetch(request, env) {
        const object = env.BUSY.get(env.BUSY.idFromName("one"));
        const { pathname, searchParams } = new URL(request.url);
        if (pathname !== "/call") return object.fetch(request);
        return new Response(await object.call(searchParams.get("rounds")));
      },
    };`);
}

function startRoom(): Promise<Running> {
  return startWorkerOf(
    partyKitSource({
      head: `
        import { createServer } from "dormouse-io/partykit";
        import { OPTIONS, setup } from "${APPLICATION}";
        const Worker = createServer({ ...OPTIONS, room: () => "one" }, setup);`,
      parties: `export const Busy = createDurable(Worker, { name: "BUSY" });`,
      foot: `
        export default {
          fetch(request, env, ctx) {
            const all = createMultiParties(env, { host: new URL(request.url).host });
            return Worker.onFetch(request, { parties: { main: all.BUSY }, env }, ctx);
          },
        };`,
    }),
  );
}

async function startWorkerOf(source: string): Promise<Running> {
  const worker = await startWorker({
    entry: { source },
    classes: { BUSY: "Busy" },
    compatibilityFlags: ["nodejs_compat"],
  });
  return { url: worker.url, output: () => worker.output, stop: () => worker.stop() };
}

async function startNode(): Promise<Running> {
  const server = fork(new URL("./backlog.server.ts", import.meta.url), { silent: true });
  let output = "";
  for (const stream of [server.stdout, server.stderr]) {
    stream?.on("data", (chunk) => (output += String(chunk)));
  }
  const [port] = await once(server, "message");
  return {
    url: `http://127.0.0.1:${port}`,
    output: () => output,
    stop: () => server.kill(),
  };
}

/** So many rounds keep the server busy for `WORK`. */
async function measureRounds(client: Socket): Promise<number> {
  for (let rounds = 1_000_000; ; rounds *= 1.5) {
    const start = performance.now();
    await ask(client, "work", rounds);
    if (performance.now() - start >= WORK) return rounds;
  }
}

interface Way {
  /** The hosts on which the server has no time for its timers then. */
  hosts: string[];
  work(url: string, client: Socket, rounds: number): Promise<unknown>;
}

/** What the server works on, rounds by rounds. */
const WAYS: Record<string, Way> = {
  messages: {
    hosts: Object.keys(HOSTS),
    work: (_url, client, rounds) => ask(client, "work", rounds),
  },
  "calls in which it sends something": {
    hosts: ["Durable Objects"],
    work: (url, _client, rounds) => load(`${url}/call?rounds=${rounds}`),
  },
  "requests of the application's own": {
    hosts: ["Durable Objects", "PartyServer"],
    work: (url, _client, rounds) => load(`${url}/request?rounds=${rounds}`),
  },
};

async function load(url: string): Promise<void> {
  const response = await fetch(url);
  await response.text();
  assert.equal(response.status, 200);
}

/** Has `WAITING` pieces of work wait for the server at any time, for so long, and waits for the last of them. */
async function keepBusy(work: () => Promise<unknown>): Promise<void> {
  const end = performance.now() + ASKED;
  const one = async (): Promise<void> => {
    while (performance.now() < end) await work();
  };
  await Promise.all(Array.from({ length: WAITING }, one));
}

/** Each way on each of its hosts. */
const CASES = Object.entries(WAYS).flatMap(([way, { hosts, work }]) =>
  hosts.map((host) => ({ way, host, work })),
);

describe("a server that is busy for longer than clients stay without a ping", {
  concurrency: 2,
}, () => {
  for (const { way, host, work } of CASES) {
    test(`${host}, with ${way}: clients that are well stay`, async () => {
      const server = await (HOSTS[host] as () => Promise<Running>)();
      try {
        const busy = connect(server.url);
        const clients = { busy, quiet: connect(server.url) };
        const left: string[] = [];
        for (const [who, client] of Object.entries(clients)) {
          client.on("disconnect", (reason) => left.push(`${who}: ${reason}`));
          await ask(client, "work", 1);
        }
        const rounds = await measureRounds(busy);
        await keepBusy(() => work(server.url, busy, rounds));
        assert.deepEqual(left, []);
        // What waited behind the work is read, and nobody is closed for it.
        for (const client of Object.values(clients)) await ask(client, "work", 1);
        assert.deepEqual(left, []);
        assert.doesNotMatch(server.output(), /left:/);
      } finally {
        await server.stop();
      }
    });
  }
});
