// What users get: the tarball, installed in an empty folder, with the README's examples on it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { io as connect } from "socket.io-client";
import { startWrangler } from "../support/dev-server.ts";
import { Consumer, ROOT } from "./consumer.ts";
import { readmeExample } from "./readme.ts";

const ALLOWED_FILES =
  /^(package\.json|README\.md|LICENSE|dist\/wasm\/core\.wasm|dist\/(glue|durable-objects|layers)\/[\w./-]+\.(js|js\.map|d\.ts|d\.ts\.map))$/;

const consumer = new Consumer();

before(async () => {
  const built = ["wasm/core.wasm", "durable-objects/node/index.js"].every((file) =>
    existsSync(join(ROOT, "dist", file)),
  );
  assert.ok(built, "there is no dist/: run `npm run build`");
  await consumer.install();
  consumer.addWrangler();
});

after(() => consumer.remove());

test("the tarball holds ES modules, declarations, source maps and core.wasm only", (t) => {
  const { files, size, unpackedSize } = consumer.tarball;
  const paths = files.map(({ path }) => path);
  assert.deepEqual(
    paths.filter((path) => !ALLOWED_FILES.test(path)),
    [],
  );
  for (const path of paths.filter((candidate) => candidate.endsWith(".js"))) {
    for (const companion of [`${path}.map`, path.replace(/\.js$/, ".d.ts")]) {
      assert.ok(paths.includes(companion), companion);
    }
    const source = consumer.read("node_modules", "dormouse-io", path);
    assert.match(source, /^(import|export) /m, path);
    assert.doesNotMatch(source, /\bmodule\.exports\b|\brequire\(/, path);
  }
  assert.ok(paths.includes("dist/wasm/core.wasm"));
  t.diagnostic(`tarball: ${kilobytes(size)}, unpacked ${kilobytes(unpackedSize)}`);
});

test("installing it brings its dependencies and nothing of ours", () => {
  const installed = readdirSync(consumer.path("node_modules")).filter((name) => name[0] !== ".");
  assert.deepEqual(installed.sort(), [
    "debug",
    "dormouse-io",
    "koa-compose",
    "ms",
    "wrangler",
    "ws",
  ]);
});

test("the README's Worker: bundled by wrangler deploy --dry-run", async (t) => {
  writeWorker();
  await consumer.run("wrangler", "deploy", "--dry-run", "--outdir", "out");
  const out = readdirSync(consumer.path("out"));
  assert.equal(out.filter((name) => name.endsWith("-core.wasm")).length, 1);
  const code = consumer.read("out", "index.js");
  assert.doesNotMatch(code, /from "(ws|debug|node:[^"]+)"/);
  const wasm = statSync(
    consumer.path("out", out.find((name) => name.endsWith(".wasm")) ?? ""),
  ).size;
  t.diagnostic(`Worker: ${kilobytes(gzipSync(code).length)} of JavaScript gzipped, not minified`);
  t.diagnostic(`core.wasm: ${kilobytes(wasm)}`);
});

test("the README's Worker: served by wrangler dev to the stock client", async () => {
  writeWorker();
  const server = await startWrangler(consumer.folder, false);
  try {
    await talk(server.url);
  } finally {
    await server.stop();
  }
});

test("the README's server for Node, reached by the stock client", async () => {
  await serveOnNode(readmeExample("ts", "dormouse-io/node"));
});

test("on Node the package's own name is the server for Node, too", async () => {
  const example = readmeExample("ts", "dormouse-io/node");
  await serveOnNode(example.replace("dormouse-io/node", "dormouse-io"));
});

/** Runs a server on Node with the listeners of the README's Worker, and talks to it. */
async function serveOnNode(example: string): Promise<void> {
  const listener = readmeExample("ts", "createServer").match(/^ {2}io\.on.*?^ {2}\}\);$/ms)?.[0];
  const server = example.replace("3000", "0");
  assert.ok(listener !== undefined && server.includes("new Server(0)"));
  const told = 'io.httpServer.on("listening", () => console.log(io.httpServer.address().port));';
  consumer.write("server.mjs", `${server}\n${listener}\n${told}\n`);
  const child = spawn(join(ROOT, "node_modules", ".bin", "node"), ["server.mjs"], {
    cwd: consumer.folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [port] = await once(child.stdout, "data");
    await talk(`http://127.0.0.1:${Number(String(port))}`);
  } finally {
    child.kill();
  }
}

for (const name of ["dormouse-io/node", "dormouse-io"]) {
  test(`a consumer of ${name} on Node type-checks, declarations included`, async () => {
    consumer.addTypes("@types/node");
    consumer.addTypes("undici-types");
    consumer.write(
      "node.ts",
      `import { Server, type Socket } from "${name}";
    interface FromClient { say(text: string, answer: (length: number) => void): void }
    interface ToClient { said(text: string): void }
    const io = new Server<FromClient, ToClient>(0, { pingInterval: 1000, allowEIO3: true });
    io.on("connection", (socket: Socket<FromClient, ToClient>) => {
      socket.on("say", (text, answer) => {
        io.emit("said", text);
        answer(text.length);
        // @ts-expect-error not an event of this server's
        socket.emit("unknown");
      });
    });`,
    );
    const resolution = { module: "nodenext" };
    await typeCheck("node.ts", { ...resolution, types: ["node"], lib: ["es2023"] });
  });
}

/** How the tools for Workers find modules, and how those can that follow Node's rules. */
const RESOLUTIONS = [
  { module: "es2022", moduleResolution: "bundler" },
  { module: "nodenext", customConditions: ["workerd"] },
];

test("a consumer on Workers type-checks, declarations included", async () => {
  consumer.addTypes("@cloudflare/workers-types");
  consumer.write(
    "worker.ts",
    `import { createServer, routeSocketIO } from "dormouse-io";
    interface Env { CHAT: DurableObjectNamespace }
    export const Chat = createServer({ pingInterval: 60_000 }, (io, { env, ctx, name }) => {
      io.on("connection", (socket) => {
        socket.data.room = name ?? ctx.id.toString();
        socket.emit("env", Object.keys(env));
      });
    });
    export default {
      async fetch(request, env) {
        const response = await routeSocketIO(request, env.CHAT);
        return response ?? new Response("not found", { status: 404 });
      },
    } satisfies ExportedHandler<Env>;`,
  );
  for (const resolution of RESOLUTIONS) {
    const types = ["@cloudflare/workers-types"];
    await typeCheck("worker.ts", { ...resolution, types, lib: ["es2023"] });
  }
});

for (const [platform, name, options] of [
  ["Node", "dormouse-io/node", { module: "nodenext", types: ["node"], lib: ["es2023"] }],
  [
    "Workers",
    "dormouse-io",
    { ...RESOLUTIONS[0], types: ["@cloudflare/workers-types"], lib: ["es2023"] },
  ],
] as const) {
  test(`the router type-checks on ${platform}, declarations included`, async () => {
    consumer.addTypes(options.types[0]);
    consumer.write(
      "router.ts",
      `import type { Server } from "${name}";
      import { actionsOf, Controller, createRouter, type Context, type Define } from "dormouse-io/router";
      interface FromClient { say(text: string, answer: (length: number) => void): void }
      interface ToClient { said(text: string): void }
      class Chat extends Controller<Context<Define<{ listen: FromClient; emit: ToClient }>>> {
        async say() {
          this.ctx.io.emit("said", this.ctx.args[0]);
          return 1;
        }
      }
      export function setup(io: Server<FromClient, ToClient>) {
        const router = createRouter(io);
        router.route("say", async (ctx) => ctx.args[0].length).routeAll("", Chat);
        // @ts-expect-error no such event
        router.route("unknown", actionsOf(Chat).say);
      }`,
    );
    await typeCheck("router.ts", options);
  });
}

function writeWorker(): void {
  consumer.write("index.js", readmeExample("ts", "createServer"));
  const head = 'name = "consumer"\nmain = "index.js"\ncompatibility_date = "2026-07-30"\n';
  consumer.write("wrangler.toml", `${head}\n${readmeExample("toml", "durable_objects")}`);
}

/** The README's server repeats to everybody what one says. */
async function talk(url: string): Promise<void> {
  const options = { transports: ["websocket"], forceNew: true, reconnection: false };
  const [one, other] = [connect(url, options), connect(url, options)];
  try {
    await Promise.all([once(one as never, "connect"), once(other as never, "connect")]);
    const heard = once(other as never, "message");
    one.emit("message", "hello");
    assert.deepEqual(await heard, [one.id, "hello"]);
  } finally {
    one.disconnect();
    other.disconnect();
  }
}

async function typeCheck(file: string, options: object): Promise<void> {
  const strictly = { strict: true, skipLibCheck: false, noEmit: true, target: "es2022" };
  const compilerOptions = { ...strictly, ...options };
  consumer.write("tsconfig.json", JSON.stringify({ compilerOptions, files: [file] }));
  await consumer.run("tsc", "--project", "tsconfig.json");
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
