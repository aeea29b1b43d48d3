// What a beginner's mistakes are answered with, on the real thing: a line that says what to do, once, and that
// docs/troubleshooting.md knows.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { build } from "esbuild";
import type { Socket as ClientSocket } from "socket.io-client";
import * as msgpack from "socket.io-msgpack-parser";
import { type DevServer, startWrangler } from "../../support/dev-server.ts";
import { type RunningWorker, startWorker, type WorkerOptions } from "../../support/miniflare.ts";
import { findCode, ROOT } from "../../support/pages.ts";
import { send, upgrade } from "../../support/raw-http.ts";
import { ask, connect, next } from "../../support/stock-client.ts";

const PAGE = readFileSync(join(ROOT, "docs", "troubleshooting.md"), "utf8").replace(/\s+/g, " ");

const workers: RunningWorker[] = [];
const servers: DevServer[] = [];
const clients: ClientSocket[] = [];
after(async () => {
  for (const client of clients) client.disconnect();
  await Promise.all([...workers, ...servers].map((one) => one.stop()));
});

async function start(source: string, options: Partial<WorkerOptions> = {}): Promise<RunningWorker> {
  const entry = { source: `import { createServer, routeSocketIO } from "dormouse-io"; ${source}` };
  const worker = await startWorker({ entry, classes: { CHAT: "Chat" }, ...options });
  workers.push(worker);
  return worker;
}

function open(url: string, options: object = {}): ClientSocket {
  const client = connect(url, "", { reconnection: false, ...options });
  clients.push(client);
  return client;
}

async function refused(url: string, options: object = {}): Promise<void> {
  const client = open(url, options);
  await next(client, "connect_error");
  client.disconnect();
}

/** Resolves once this is in the log. */
async function written(output: () => string, text: string): Promise<void> {
  const end = Date.now() + 60_000;
  while (!output().includes(text)) {
    assert.ok(Date.now() < end, `not said: ${text}\n${output()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The log says it once, with the remedy; the page quotes its beginning. */
async function assertAdvice(output: () => string, said: string, remedy: RegExp): Promise<void> {
  await written(output, said);
  const lines = output().split("\n");
  const found = lines.filter((line) => line.includes(said));
  assert.equal(found.length, 1, output());
  assert.match(found[0] as string, remedy);
  assert.ok(PAGE.includes(said), `docs/troubleshooting.md does not know: ${said}`);
}

const PLAIN = `
  export class Chat extends createServer((io) => {
    io.on("connection", (socket) => socket.on("echo", (value, answer) => answer(value)));
  }) {}
  export default {
    async fetch(request, env) {
      return (await routeSocketIO(request, env.CHAT)) ?? new Response("not found", { status: 404 });
    },
  };
`;

test("clients that poll, that are too old, that lost their Upgrade, that ask elsewhere", async () => {
  const worker = await start(PLAIN);
  const output = () => worker.output;
  for (let twice = 0; twice < 2; twice++) await refused(worker.url, { transports: ["polling"] });
  const polling =
    "dormouse: a client was refused: Transport unknown. It begins with HTTP long-polling";
  await assertAdvice(output, polling, /transports: \["websocket"\].*CORS/);

  assert.equal((await upgrade(worker.url, {}, "EIO=3&transport=websocket")).status, 400);
  const old = "dormouse: a client was refused: Unsupported protocol version";
  await assertAdvice(output, old, /version 4, or set the option allowEIO3/);

  await send(`${worker.url}/socket.io/?EIO=4&transport=websocket`);
  const without =
    "dormouse: a client was refused: Bad request. Its request for a WebSocket came without";
  await assertAdvice(output, without, /hand on the Request as it came/);

  // One request that nobody takes may be anybody's; a client tries again.
  await refused(worker.url, { path: "/live" });
  assert.doesNotMatch(worker.output, /clients ask at/);
  for (let twice = 0; twice < 2; twice++) await refused(worker.url, { path: "/live" });
  const elsewhere = 'dormouse: clients ask at "/live/", and the server\'s path is "/socket.io/"';
  await assertAdvice(output, elsewhere, /the same for the client, createServer and routeSocketIO/);

  // Nobody can tell another codec from nonsense: it is refused as that, and the page knows how it looks.
  const before = worker.output;
  const [reason] = await next(open(worker.url, { parser: msgpack }), "disconnect");
  assert.equal(reason, "transport close");
  assert.equal(worker.output, before);
  assert.match(PAGE, /closed at once with `transport close`.*\[`parser`\]/);

  const client = open(worker.url);
  assert.deepEqual(await ask(client, "echo", 1), [1]);
});

test("a page of another origin that polls, and that cors does not let read", async () => {
  const polling = (cors: string) => `
    import { polling } from "dormouse-io/polling";
    export class Chat extends createServer({ transports: [polling, "websocket"], ${cors} }, () => {}) {}
    export default { fetch: (request, env) => routeSocketIO(request, env.CHAT) };
  `;
  const origin = "https://chat.example";
  const options = { transports: ["polling"], extraHeaders: { origin } };
  const closed = await start(polling(""));
  // From the page's own origin nothing is amiss.
  await next(
    open(closed.url, { transports: ["polling"], extraHeaders: { origin: closed.url } }),
    "connect",
  );
  assert.doesNotMatch(closed.output, /CORS/);
  for (let twice = 0; twice < 2; twice++) await next(open(closed.url, options), "connect");
  const said = `dormouse: a page of "${origin}" polls, and its browser reports a CORS error`;
  await assertAdvice(() => closed.output, said, /cors: \{ origin: "https:\/\/chat\.example" \}/);
  const opened = await start(polling(`cors: { origin: "${origin}" }`));
  await next(open(opened.url, options), "connect");
  assert.doesNotMatch(opened.output, /CORS/);
});

test("a client that allowRequest refuses; who listens to connection_error is told there alone", async () => {
  const refusing = (setup: string) => `
    const allowRequest = async () => { throw new Error("sign in first"); };
    export class Chat extends createServer({ allowRequest }, ${setup}) {}
    export default { fetch: (request, env) => routeSocketIO(request, env.CHAT) };
  `;
  const worker = await start(refusing("() => {}"));
  for (let twice = 0; twice < 2; twice++) await refused(worker.url);
  const forbidden = "dormouse: a client was refused: Forbidden (";
  await assertAdvice(() => worker.output, forbidden, /sign in first.*allowRequest/);
  const hears =
    '(io) => io.engine.on("connection_error", ({ code }) => console.log("heard", code))';
  const listening = await start(refusing(hears));
  await refused(listening.url);
  await refused(listening.url);
  assert.match(listening.output, /heard 4/);
  assert.doesNotMatch(listening.output, /was refused/);
});

test("a path that only the Worker has, and several servers that have their own", async () => {
  const oneSided = await start(`
    export class Chat extends createServer(() => {}) {}
    export default {
      fetch: (request, env) => routeSocketIO(request, env.CHAT, { path: "/live" }),
    };
  `);
  for (let twice = 0; twice < 2; twice++) await refused(oneSided.url, { path: "/live" });
  const said = 'dormouse: clients ask at "/live/", and the server\'s path is "/socket.io/"';
  await assertAdvice(() => oneSided.output, said, /createServer/);

  const both = await start(
    `
    export class Chat extends createServer({ path: "/a" }, () => {}) {}
    export class Other extends createServer({ path: "/b" }, () => {}) {}
    export default {
      async fetch(request, env) {
        const first = await routeSocketIO(request, env.CHAT, { path: "/a" });
        return first ?? routeSocketIO(request, env.OTHER, { path: "/b" });
      },
    };
  `,
    { classes: { CHAT: "Chat", OTHER: "Other" } },
  );
  for (const path of ["/b", "/a", "/b", "/b"]) await next(open(both.url, { path }), "connect");
  assert.doesNotMatch(both.output, /clients ask at/);
});

test("PartyServer says the same: clients that poll, are refused, ask elsewhere, are deaf after a sleep", async () => {
  const worker = await start(
    `
    import { createServer as createRoom } from "dormouse-io/partyserver";
    import { routePartykitRequest } from "partyserver";
    const allowRequest = async ({ _query }) => {
      if (_query.refuse) throw new Error("sign in first");
    };
    export class Chat extends createRoom({ allowRequest, hibernate: "always" }, (io) => {
      scheduler.wait(300).then(() => {
        io.on("connection", (socket) => socket.on("echo", (value, answer) => answer(value)));
        console.log("listens at last");
      });
    }) {}
    export default { fetch: (request, env) => routePartykitRequest(request, env) };
  `,
    { classes: { Chat: "Chat" } },
  );
  const output = () => worker.output;
  const room = "/parties/chat/room";
  const path = `${room}/socket.io/`;
  for (let twice = 0; twice < 2; twice++) {
    await refused(worker.url, { path, transports: ["polling"] });
    await refused(worker.url, { path, query: { refuse: 1 } });
    await send(`${worker.url}${room}/live/?EIO=4&transport=polling`);
  }
  const polls =
    "dormouse: a client was refused: Transport unknown. It begins with HTTP long-polling";
  await assertAdvice(output, polls, /transports: \["websocket"\]/);
  const forbidden = "dormouse: a client was refused: Forbidden (";
  await assertAdvice(output, forbidden, /sign in first.*allowRequest/);
  const elsewhere = `clients ask at "${room}/live/", and the server's path is "/socket.io/"`;
  assert.equal(worker.output.split(elsewhere).length, 2, worker.output);
  const client = open(worker.url, { path });
  await next(client, "connect");
  await written(() => worker.output, "listens at last");
  await worker.evict("room", "hibernate", "Chat");
  client.emit("echo", 2, () => {});
  const deaf = "dormouse: after a sleep, an event of a client of / found no listeners";
  await assertAdvice(output, deaf, /`await`/);
});

test("setup that listens too late, whose clients are deaf after a sleep", async () => {
  const worker = await start(`
    // Unless it is told otherwise, an object with listeners as late as these stays awake.
    export class Chat extends createServer({ hibernate: "always" }, (io) => {
      scheduler.wait(300).then(() => {
        io.on("connection", (socket) => socket.on("echo", (value, answer) => answer(value)));
        console.log("listens at last");
      });
    }) {}
    export default { fetch: (request, env) => routeSocketIO(request, env.CHAT) };
  `);
  const early = open(worker.url);
  await next(early, "connect");
  await written(() => worker.output, "listens at last");
  const client = open(worker.url);
  assert.deepEqual(await ask(client, "echo", 1), [1]);
  await worker.evict("default");
  client.emit("echo", 2, () => {});
  const said = "dormouse: after a sleep, an event of a client of / found no listeners";
  await assertAdvice(() => worker.output, said, /setup has to call before it ends: `await`/);
});

test("asynchronous connection listeners without nodejs_als", async () => {
  const worker = await start(
    `
    export class Chat extends createServer((io) => {
      io.on("connection", async (socket) => {
        socket.on("echo", (value, answer) => answer(value));
        await null;
      });
    }) {}
    export default { fetch: (request, env) => routeSocketIO(request, env.CHAT) };
  `,
  );
  const client = open(worker.url);
  await next(client, "connect");
  for (let twice = 0; twice < 2; twice++) {
    await worker.evict("default");
    assert.deepEqual(await ask(client, "echo", 1), [1]);
  }
  const said =
    "dormouse: an asynchronous connection listener ran again after a sleep. Without the compatibility flag " +
    "nodejs_als, what it emits after its first await is sent again";
  await assertAdvice(() => worker.output, said, /compatibility_flags = \["nodejs_als"\]/);
});

test("a binding with another name", async () => {
  const worker = await start(PLAIN.replace("env.CHAT", "env.CHATS"));
  for (let twice = 0; twice < 2; twice++) await refused(worker.url);
  const said =
    "dormouse: routeSocketIO needs the binding of a Durable Object class as its second argument (such as " +
    "env.CHAT), got undefined";
  await assertAdvice(() => worker.output, said, /under the name that the code says/);
});

test("habits of servers on Node: the entry for Node, a server that listens", async () => {
  const onNode = await start(
    PLAIN.replace(
      "export class",
      'import { createServer as create } from "dormouse-io/node"; export class',
    ).replace("extends createServer", "extends create"),
    { compatibilityFlags: ["nodejs_compat"] },
  );
  await refused(onNode.url);
  const core = "dormouse: dormouse-io/node has not found its core";
  await written(() => onNode.output, core);
  assert.match(onNode.output, /In a Worker import from "dormouse-io"/);
  assert.ok(PAGE.includes(core));

  const tried = "try { io.attach({}); } catch (error) { console.error(String(error)); }";
  const listening = await start(PLAIN.replace("io.on(", `${tried} io.listen(3000); io.on(`));
  await refused(listening.url);
  const failed = "dormouse: setup failed; the next event starts the object anew: TypeError: ";
  await written(() => listening.output, `${failed}io.listen is not a function`);
  assert.match(listening.output, /TypeError: io\.attach is not a function/);
  for (const habit of ["listen", "attach"])
    assert.ok(PAGE.includes(`io.${habit} is not a function`));
});

test("bundlers: a server that is made in a Worker, the server in a page", async () => {
  const bundle = (contents: string, external: string[]) =>
    build({
      stdin: { contents, resolveDir: ROOT },
      ...{ bundle: true, write: false, format: "esm", external, logLevel: "silent" },
      alias: { "dormouse-io": join(ROOT, "durable-objects", "cloudflare", "index.ts") },
    }).then(() => "", String);
  const made = await bundle('import { Server } from "dormouse-io"; new Server();', [
    "cloudflare:*",
    "*.wasm",
  ]);
  assert.match(made, /No matching export in ".*" for import "Server"/);
  assert.match(PAGE, /No matching export in … for import "Server"/);
  const page = await bundle('import { io } from "dormouse-io"; io();', []);
  const unresolved = 'Could not resolve "cloudflare:workers"';
  assert.ok(page.includes(unresolved) && PAGE.includes(unresolved), page);
});

// --- what wrangler says, which has to be what the page quotes ------------------------------------------

function makeFolder(): string {
  mkdirSync(join(ROOT, "build", "test"), { recursive: true });
  return mkdtempSync(join(ROOT, "build", "test", "first-hour-"));
}

/** The README's start with something left out, or something else in its place. */
function project(change: (files: { code: string; config: string }) => void): string {
  const files = {
    code: findCode("README.md", "ts", "createServer"),
    config: findCode("README.md", "toml", "durable_objects"),
  };
  change(files);
  const folder = makeFolder();
  writeFileSync(join(folder, "index.ts"), files.code);
  writeFileSync(join(folder, "wrangler.toml"), files.config);
  // The package from its sources, whose core lies beside them.
  const source = join(ROOT, "durable-objects", "cloudflare", "index.ts");
  const paths = { "dormouse-io": [source] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: { paths } }));
  return folder;
}

/** What a failing `wrangler deploy --dry-run` prints. */
function deployDry(folder: string): Promise<string> {
  const bin = join(ROOT, "node_modules", ".bin");
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false", NO_COLOR: "1" };
  const command = [join(bin, "wrangler"), "deploy", "--dry-run"];
  return new Promise((resolve) => {
    execFile(join(bin, "node"), command, { cwd: folder, env }, (error, stdout, stderr) => {
      rmSync(folder, { recursive: true });
      resolve(error === null ? "no error" : stdout + stderr);
    });
  });
}

test("wrangler: a class without a migration", async () => {
  const folder = project((files) => {
    files.config = files.config.replace(/\[\[migrations\]\][^[]*/, "");
  });
  const server = await startWrangler(folder);
  servers.push(server);
  const said = stripVTControlCharacters(server.output).replace(/[\s`]+/g, " ");
  const known =
    "you have configured durable_objects exported by this Worker (Chat), but no live exports entry for them";
  assert.ok(said.includes(known), said);
  assert.ok(PAGE.includes(known));
  // What wrangler proposes, and the page's migration, both end it; the server runs meanwhile.
  assert.match(PAGE, /new_sqlite_classes = \["Chat"\]/);
});

test("workerd: a date that it does not know yet", async () => {
  const folder = makeFolder();
  const config = join(folder, "config.capnp");
  const worker = '(serviceWorkerScript = "", compatibilityDate = "2999-01-01")';
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
     const config :Workerd.Config = (services = [(name = "main", worker = ${worker})]);`,
  );
  const said = await new Promise<string>((resolve) => {
    const workerd = join(ROOT, "node_modules", ".bin", "workerd");
    execFile(workerd, ["serve", config], { timeout: 60_000 }, (_, stdout, stderr) => {
      resolve(stdout + stderr);
    });
  });
  rmSync(folder, { recursive: true });
  const known =
    /This Worker requires compatibility date "[^"]*", but the newest date supported by this server binary is "[^"]*"/;
  assert.equal(known.exec(said)?.[0].replace(/"[^"]*"/g, '"…"'), known.exec(PAGE)?.[0], said);
});

test("wrangler: a class that is not exported, no entry point", async () => {
  for (const [change, known] of [
    [
      (files: { code: string }) => {
        files.code = files.code.replace("export class", "class");
      },
      "Your Worker depends on the following Durable Objects, which are not exported in your entrypoint file: Chat.",
    ],
    [
      (files: { config: string }) => {
        files.config = files.config.replace(/^main.*$/m, "");
      },
      "Missing entry-point",
    ],
  ] as const) {
    const output = await deployDry(project(change));
    assert.ok(output.includes(known), output);
    assert.ok(PAGE.includes(known));
  }
});
