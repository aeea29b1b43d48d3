/** What TypeScript makes of the package, and what the tools say that look at packages' types. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { Consumer } from "./consumer.ts";

/** What the stock client's declarations are made of. */
const CLIENT_PACKAGES = [
  ...["socket.io-client", "engine.io-client", "engine.io-parser", "socket.io-parser"],
  "@socket.io/component-emitter",
];
const GENERATED = "worker-configuration.d.ts";

/** How tools find modules. `node16` and `nodenext` follow Node's rules. */
const RESOLUTIONS = {
  bundler: { module: "es2022", moduleResolution: "bundler" },
  node16: { module: "node16" },
  nodenext: { module: "nodenext" },
  "nodenext with the condition of Workers": { module: "nodenext", customConditions: ["workerd"] },
};

/** A server of a Worker's project, with typed events, RPC and a setup that is typed by hand. */
const SERVER = `
import { createServer, routeSocketIO, type Server, type SetupContext } from "dormouse-io";
interface FromClient { say(text: string, answer: (length: number) => void): void }
interface ToClient { said(text: string): void }
function setup(io: Server<FromClient, ToClient>, { env, ctx, name }: SetupContext<Env>) {
  io.on("connection", (socket) => {
    socket.data.room = name ?? ctx.id.toString();
    ctx.storage.kv.put("greeting", env.GREETING);
    socket.on("say", (text, answer) => answer(text.length));
    // @ts-expect-error not an event of this server's
    socket.emit("unknown");
  });
}
export class Chat extends createServer({ pingInterval: 60_000 }, setup) {
  async count(): Promise<number> {
    return (await this.io.fetchSockets()).length;
  }
  override async alarm() {
    this.io.emit("said", this.env.GREETING);
    await this.ctx.storage.deleteAll();
  }
}
export class Plain extends createServer(async (io, { env, ctx }) => {
  const kept = await ctx.storage.get<string>("x");
  io.on("connection", (socket) => void socket.emit("env", Object.keys(env), kept));
}) {}
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/count") {
      const chat = env.CHAT.getByName("x");
      const count: number = await chat.count();
      // @ts-expect-error no such method
      await chat.other();
      return new Response(String(count));
    }
    const response = await routeSocketIO(request, env.CHAT, { name: () => "x" });
    return response ?? new Response("not found", { status: 404 });
  },
} satisfies ExportedHandler<Env>;
`;

/** Setups typed with the servers of other entries. */
const SETUPS = `
import { createServer } from "dormouse-io";
import { createServer as createOnNode, type Server as NodeServer } from "dormouse-io/node";
import type { Server } from "dormouse-io";
interface FromClient { say(text: string): void }
interface ToClient { said(text: string): void }
function typed(io: NodeServer<FromClient, ToClient>): void {
  io.on("connection", (socket) => socket.on("say", (text) => io.emit("said", text)));
}
function untyped(io: NodeServer): void {
  io.on("connection", (socket) => socket.emit("x"));
}
function worker(io: Server<FromClient, ToClient>): void {
  io.emit("said", "x");
}
export class Typed extends createServer(typed) {}
export class Untyped extends createServer({ pingInterval: 1000 }, untyped) {}
export class OnNode extends createOnNode(worker) {
  tell() {
    this.io.emit("said", "x");
    // @ts-expect-error not an event of this server's
    this.io.emit("unknown");
  }
}
`;

const ON_NODE = (name: string) => `
import { createServer, Server, type Socket } from "${name}";
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
});
class Chat extends createServer<FromClient, ToClient>((io) => void io.emit("said", "x")) {
  tell = () => this.io.emit("said", "x");
}
const chat = new Chat(0, { SECRET: "x" });
chat.tell();
export const asleep: Promise<void> = chat.hibernate();
`;

/** A router for the server of an entry. */
const ROUTER = (name: string) => `
import type { Server } from "${name}";
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
}
`;

/** Authentication for the server of an entry. */
const AUTH = (name: string) => `
import type { Server, Socket } from "${name}";
import { SocketIOServerHelper } from "dormouse-io/auth";
export function setup(io: Server) {
  const helper = new SocketIOServerHelper({
    io,
    identifier: "chat",
    authenticateFn: async ({ auth }) => auth.token === "x",
    validateRoomFn: ({ socket, rooms }) => rooms.filter((room) => room !== socket.id),
    clientConnectedFn: ({ socket }) => {
      const id: string = socket.id;
      helper.send({ destination: id, payload: { topic: "said", data: { text: "hello" } } });
    },
    // @ts-expect-error no such option
    autenticateFn: () => true,
  });
  return helper.configure();
}
export function name(socket: Socket): string {
  return socket.id;
}
`;

/** The Admin UI and the statistics of the server of an entry. */
const ADMIN = (name: string) => `
import type { Server } from "${name}";
import { instrument } from "dormouse-io/admin";
import { estimateBill } from "dormouse-io/stats";
export function setup(io: Server<{ say(text: string): void }>, password: string): number {
  instrument(io, { auth: { type: "basic", username: "admin", password }, mode: "production" });
  io.engine.on("wake", ({ cause, slept }) => console.log(cause, slept));
  // @ts-expect-error it has to be said who is an admin
  instrument(io, { readonly: true });
  return estimateBill(io.stats()).sleeping.dollars;
}
`;

/** A page's client of that. */
const CLIENT = `
import { SocketIOClientHelper } from "dormouse-io/client";
const client = new SocketIOClientHelper({
  identifier: "page",
  host: "https://chat.example.com",
  options: { transports: ["websocket"], auth: { token: "x" } },
  onConnected: () => client.authenticate(),
  onUnauthenticated: (message) => console.log(message),
});
client.subscribe({ event: "said", handler: ({ text }: { text: string }) => console.log(text) });
client.emit({ topic: "say", data: { text: "hello" } });
// @ts-expect-error an event needs a name
client.subscribe({ handler: () => {} });
`;

/** The stock client in a test that runs in workerd. */
const STUB = `
import { transportTo } from "dormouse-io/testing";
import { io } from "socket.io-client";
declare const stub: DurableObjectStub;
export const socket = io("http://chat", { transports: [transportTo(stub)] });
// @ts-expect-error nothing that fetches
transportTo({});
`;

/** An emitter with an address, on any platform. */
const EMITTER = `
import { emitter, type Emitter, type Sent } from "dormouse-io/emitter";
interface ToClient { said(text: string): void; ready(answer: (is: boolean) => void): void }
export const io: Emitter<ToClient> = emitter<ToClient>("https://x/emit", { secret: "sixteen letters!" });
export const sent: Sent = io.to("room").emit("said", "x");
export const answers: Promise<boolean[]> = io.timeout(10).emitWithAck("ready");
// @ts-expect-error not an event of this server's
io.emit("unknown");
`;

/** And with a binding, in a Worker. */
const WORKER_EMITTER = `
import { createServer } from "dormouse-io";
import { routeEmitter } from "dormouse-io/emitter";
export class Chat extends createServer((io) => void io.emit("x")) {}
interface Env { CHAT: DurableObjectNamespace<Chat>; SECRET: string }
export default {
  async fetch(request, env) {
    await emitter<{ said(text: string): void }>(env.CHAT, { name: "x" }).emit("said", "x");
    const response = await routeEmitter(request, env.CHAT, { secret: [env.SECRET] });
    return response ?? new Response("not found", { status: 404 });
  },
  async scheduled(_controller, env, ctx) {
    ctx.waitUntil(emitter(env.CHAT).emit("tick"));
  },
} satisfies ExportedHandler<Env>;
`;

const ROUTERS = [
  ["dormouse-io/node", RESOLUTIONS.nodenext, "node"],
  ["dormouse-io", RESOLUTIONS.bundler, "@cloudflare/workers-types"],
] as const;

export function testTypes(consumer: Consumer): void {
  for (const name of ["dormouse-io/node", "dormouse-io"]) {
    for (const file of ["node.mts", "node.cts"]) {
      test(`a consumer of ${name} on Node type-checks, declarations included: ${file}`, async () => {
        consumer.addTypes("@types/node");
        consumer.addTypes("undici-types");
        consumer.write(file, ON_NODE(name));
        await typeCheck(consumer, file, { module: "nodenext", types: ["node"], lib: ["es2023"] });
      });
    }
  }

  test("a Worker's project, with the types that wrangler generates", async (t) => {
    consumer.write("server.ts", SERVER);
    consumer.write("wrangler.toml", WRANGLER);
    await consumer.run("wrangler", "types", GENERATED);
    const generated = consumer.read(GENERATED);
    assert.match(generated, /CHAT: DurableObjectNamespace<import\("\.\/server"\)\.Chat>/);
    const options = { types: [`./${GENERATED}`], lib: ["es2023"] };
    await t.test("bundler", () => {
      return typeCheck(consumer, "server.ts", { ...RESOLUTIONS.bundler, ...options });
    });
    // What wrangler generates names files without their endings: Node's rules allow that in CommonJS only.
    await t.test("nodenext, where modules are CommonJS", () => {
      for (const [name, content] of [
        ["package.json", "{}"],
        ["server.ts", SERVER],
        [GENERATED, generated],
      ] as const) {
        consumer.write(join("commonjs", name), content);
      }
      const types = [`./commonjs/${GENERATED}`];
      const all = { ...RESOLUTIONS.nodenext, ...options, types };
      return typeCheck(consumer, "commonjs/server.ts", all);
    });
  });

  test("a Worker's project that says itself what is bound", async (t) => {
    consumer.addTypes("@cloudflare/workers-types");
    const env = "interface Env { CHAT: DurableObjectNamespace<Chat>; GREETING: string }";
    consumer.write("server.ts", SERVER + env);
    for (const [name, resolution] of Object.entries(RESOLUTIONS)) {
      await t.test(name, () => {
        const types = ["@cloudflare/workers-types"];
        return typeCheck(consumer, "server.ts", { ...resolution, types, lib: ["es2023"] });
      });
    }
  });

  test("setups that are typed with the Server of another entry", async (t) => {
    consumer.addTypes("@types/node");
    consumer.addTypes("undici-types");
    consumer.addTypes("@cloudflare/workers-types");
    consumer.write("setups.ts", SETUPS);
    for (const [name, resolution] of Object.entries(RESOLUTIONS)) {
      await t.test(name, () => {
        // Both platforms' globals in one project contradict each other.
        const types = ["@cloudflare/workers-types", "node"];
        const options = { ...resolution, types, lib: ["es2023"], skipLibCheck: true };
        return typeCheck(consumer, "setups.ts", options);
      });
    }
  });

  for (const [name, resolution, types] of ROUTERS) {
    test(`a router for the server of ${name} type-checks, declarations included`, async () => {
      consumer.addTypes(types === "node" ? "@types/node" : types);
      consumer.addTypes("undici-types");
      consumer.write("router.mts", ROUTER(name));
      await typeCheck(consumer, "router.mts", { ...resolution, types: [types], lib: ["es2023"] });
    });
  }

  for (const [name, resolution, types] of ROUTERS) {
    test(`an emitter for the server of ${name} type-checks, declarations included`, async () => {
      consumer.addTypes(types === "node" ? "@types/node" : types);
      consumer.addTypes("undici-types");
      consumer.write("emitter.mts", types === "node" ? EMITTER : EMITTER + WORKER_EMITTER);
      await typeCheck(consumer, "emitter.mts", { ...resolution, types: [types], lib: ["es2023"] });
    });
  }

  for (const [name, resolution, types] of ROUTERS) {
    test(`authentication for the server of ${name} type-checks, declarations included`, async () => {
      consumer.addTypes(types === "node" ? "@types/node" : types);
      consumer.addTypes("undici-types");
      consumer.write("auth.mts", AUTH(name));
      await typeCheck(consumer, "auth.mts", { ...resolution, types: [types], lib: ["es2023"] });
    });
  }

  for (const [name, resolution, types] of ROUTERS) {
    test(`admins for the server of ${name} type-check, declarations included`, async () => {
      consumer.addTypes(types === "node" ? "@types/node" : types);
      consumer.addTypes("undici-types");
      consumer.write("admin.mts", ADMIN(name));
      await typeCheck(consumer, "admin.mts", { ...resolution, types: [types], lib: ["es2023"] });
    });
  }

  test("a page's client of authentication, and a test's in workerd", async (t) => {
    // The stock client's own declarations want Node's, wherever they are used.
    for (const name of CLIENT_PACKAGES) consumer.addTypes(name);
    await t.test("page", () => {
      consumer.write("client.mts", CLIENT);
      const page = { types: [], lib: ["es2023", "dom"], skipLibCheck: true };
      return typeCheck(consumer, "client.mts", { ...RESOLUTIONS.bundler, ...page });
    });
    await t.test("workerd", () => {
      consumer.addTypes("@cloudflare/workers-types");
      consumer.write("stub.mts", STUB);
      const types = ["@cloudflare/workers-types"];
      const options = { types, lib: ["es2023"], skipLibCheck: true, customConditions: ["workerd"] };
      return typeCheck(consumer, "stub.mts", { ...RESOLUTIONS.bundler, ...options });
    });
  });

  test("publint has nothing to say", async () => {
    await consumer.run("publint", "node_modules/dormouse-io", "--strict");
  });

  test("attw finds nothing wrong with any entry, where it can be used", async () => {
    const report = await consumer.run(
      "attw",
      consumer.tarball.filename,
      "--format",
      "json",
      "--profile",
      "esm-only",
    );
    const { problems } = JSON.parse(report).analysis as { problems: Problem[] };
    assert.deepEqual(
      problems.filter((problem) => !isMeant(problem)),
      [],
    );
  });
}

interface Problem {
  kind: string;
  entrypoint?: string;
  resolutionKind?: string;
}

/** What runs in Workers, ESLint and the like has no CommonJS; old TypeScript knows no entries but the first. */
function isMeant({ kind, entrypoint, resolutionKind }: Problem): boolean {
  if (entrypoint === ".") return false;
  if (resolutionKind === "node10") return kind === "NoResolution";
  return kind === "CJSResolvesToESM" && entrypoint !== "./node";
}

const WRANGLER = `
name = "consumer"
main = "server.ts"
compatibility_date = "2026-07-30"
[vars]
GREETING = "hello"
[[durable_objects.bindings]]
name = "CHAT"
class_name = "Chat"
[[migrations]]
tag = "v1"
new_sqlite_classes = ["Chat"]
`;

async function typeCheck(consumer: Consumer, file: string, options: object): Promise<void> {
  const strictly = { strict: true, skipLibCheck: false, noEmit: true, target: "es2022" };
  const compilerOptions = { ...strictly, ...options };
  consumer.write("tsconfig.json", JSON.stringify({ compilerOptions, files: [file] }));
  await consumer.run("tsc", "--project", "tsconfig.json");
}
