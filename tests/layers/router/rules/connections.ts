/** Connection middlewares: before the admission and behind it, with sleep in between. */
import { createRouter, type Middleware } from "../../../../layers/router/index.ts";
import type { Log } from "../../../scenarios/scenario.ts";
import { rules } from "../rule.ts";

const tick = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

const told = (log: Log) => (error: unknown, _ctx: unknown, event: string) => {
  const { message, cause } = error as Error;
  log("reported", event, message, ...(cause instanceof Error ? [cause.message] : []));
};

/** Logs its way, without what happens again after a sleep. */
const around =
  (log: Log, name: string): Middleware =>
  async (ctx, next) => {
    if (!ctx.restored) log(`${name} before`, ctx.connected);
    await tick();
    const made = `made by ${name}`;
    await next();
    log(`${name} after`, made, ctx.reason, ctx.args[0], ctx.connected);
  };

const withConnection = (log: Log, ...connectionMiddleware: Middleware[]) => ({
  namespace: { "/": { connectionMiddleware } },
  onError: told(log),
});

export const CONNECTIONS = rules([
  {
    name: "what stands before next() runs before the client is connected, what stands behind it at its end",
    server(io, log) {
      const router = createRouter(
        io,
        withConnection(log, around(log, "outer"), around(log, "inner")),
      );
      io.on("connection", (socket) => {
        if (!socket.restored) log("connection");
      });
      router.route("hello", async () => "hello");
    },
    async client(t) {
      const alice = await t.connect("alice");
      t.expect.equal(await alice.ask("hello"), "hello");
      t.expect.deepEqual(await t.serverLog(), [
        ["outer before", false],
        ["inner before", false],
        ["connection"],
      ]);
      await alice.disconnect();
      await t.serverLogged("outer after");
      const reason = "client namespace disconnect";
      t.expect.deepEqual((await t.serverLog()).slice(3), [
        ["inner after", "made by inner", reason, reason, false],
        ["outer after", "made by outer", reason, reason, false],
      ]);
    },
  },
  {
    name: "the reason is that of the disconnect, whoever ends it",
    server(io, log) {
      const router = createRouter(io, withConnection(log, around(log, "m")));
      router.route("kick", async (ctx) => void ctx.disconnect());
      router.route("close", async (ctx) => void ctx.disconnect(true));
    },
    async client(t) {
      const reasons: unknown[] = [];
      for (const end of ["kick", "close", "cut"]) {
        const client = await t.connect(end);
        if (end === "cut") await client.cut();
        else await client.emit(end);
        const [, reason] = await t.serverLogged("m after", reasons.length + 1);
        reasons.push(reason);
      }
      const kicked = "server namespace disconnect";
      t.expect.deepEqual(reasons, [kicked, kicked, "transport close"]);
    },
  },
  {
    name: "what runs again after a sleep tells nobody anything and writes nothing; its variables are there",
    server(io, log) {
      const counting: Middleware = async (ctx, next) => {
        ctx.emit("res", "connected!");
        ctx.socket.data.count = (ctx.socket.data.count ?? 0) + 1;
        await tick();
        ctx.socket.data.late = (ctx.socket.data.late ?? 0) + 1;
        ctx.emit("res", "still connecting");
        ctx.io.emit("all", "somebody comes");
        const name = await Promise.resolve(ctx.handshake.auth.name);
        await next();
        log("gone", name, ctx.reason);
        ctx.io.emit("all", `${name} has gone`);
      };
      const router = createRouter(io, withConnection(log, counting));
      router.route("data", async (ctx) => ({ ...ctx.socket.data }));
    },
    async client(t) {
      const alice = await t.connect("alice", { auth: { name: "Alice" } });
      const bob = await t.connect("bob", { auth: { name: "Bob" } });
      for (let sleep = 0; sleep < 2; sleep++) {
        t.expect.deepEqual(await alice.ask("data"), { count: 1, late: 1 });
      }
      await alice.cut();
      t.expect.deepEqual(await t.serverLogged("gone"), ["Alice", "transport close"]);
      t.expect.deepEqual(await bob.received("all"), ["Alice has gone"]);
      t.expect.deepEqual(bob.events, ["res", "res", "connect", "all"]);
      t.expect.deepEqual(alice.events, ["res", "res", "connect", "all", "disconnect"]);
      t.expect.equal((await t.serverLog()).length, 1);
    },
  },
  {
    name: "a throw refuses the client with message and data, whatever is thrown",
    server(io, log) {
      const refusing: Middleware = async (ctx, next) => {
        const { how } = ctx.handshake.auth;
        if (how === "at once") throw new Error("not you");
        await tick();
        if (how === "data")
          throw Object.assign(new Error("not you"), { data: { why: ["because"] } });
        if (how === "text") throw "just text";
        if (how === "nothing") throw undefined;
        await next();
      };
      createRouter(io, withConnection(log, refusing));
      io.on("connection", (socket) => {
        if (!socket.restored) log("connection");
      });
    },
    async client(t) {
      const undef = { $undefined: true };
      for (const [how, message, data] of [
        ["at once", "not you", undef],
        ["data", "not you", { why: ["because"] }],
        ["text", "just text", undef],
        ["nothing", "undefined", undef],
      ] as const) {
        const client = await t.connect(how, { auth: { how } });
        t.expect.deepEqual(client.log, [["connect_error", message, data]]);
      }
      await t.connect("welcome");
      await t.serverLogged("connection");
      t.expect.deepEqual(await t.serverLog(), [["connection"]]);
    },
  },
  {
    name: "a middleware that ends without next() refuses the client",
    server(io, log) {
      createRouter(
        io,
        withConnection(log, async () => {}),
      );
    },
    async client(t) {
      const alice = await t.connect("alice");
      const message = "not admitted: a connection middleware ended without calling next()";
      t.expect.deepEqual(alice.log, [["connect_error", message, { $undefined: true }]]);
    },
  },
  {
    name: "next() twice: the client is admitted once, the second one fails and is reported",
    server(io, log) {
      const twice: Middleware = async (_ctx, next) => {
        await Promise.all([next(), next()]);
      };
      const unheard: Middleware = (_ctx, next) => {
        next();
        next();
      };
      const router = createRouter(io, withConnection(log, twice));
      router.of("/unheard", { connectionMiddleware: [unheard] });
      router.route("hello", async () => "hello");
    },
    async client(t) {
      const alice = await t.connect("alice");
      t.expect.equal(await alice.ask("hello"), "hello");
      const message = "next() called multiple times";
      t.expect.equal((await t.serverLogged("reported"))[1], message);
      const bob = await t.connect("bob", { namespace: "/unheard" });
      t.expect.equal(bob.log[0]?.[0], "connect");
      t.expect.equal((await t.serverLogged("reported", 2))[1], message);
    },
  },
  {
    name: "a failure behind next() is reported",
    server(io, log) {
      const failing: Middleware = async (_ctx, next) => {
        await next();
        throw new Error("too late");
      };
      createRouter(io, withConnection(log, failing));
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.disconnect();
      t.expect.deepEqual(await t.serverLogged("reported"), ["disconnect", "too late"]);
    },
  },
  {
    name: "a middleware whose mind has changed after a sleep undoes no admission, and is reported",
    server(io, log) {
      const strict: Middleware = async (ctx, next) => {
        if (ctx.restored) throw new Error("not any more");
        await next();
        log("after");
      };
      const router = createRouter(io, withConnection(log, strict));
      router.route("slept", async (ctx) => ctx.restored);
    },
    async client(t) {
      const alice = await t.connect("alice");
      const slept = await alice.ask("slept");
      t.expect.equal(slept, t.server.beforeEvent !== undefined);
      if (slept) {
        const lost = "a connection middleware did not get to its next() after a sleep";
        t.expect.deepEqual(await t.serverLogged("reported"), [
          "connection after a sleep",
          `${lost}: what stands behind it will not run`,
          "not any more",
        ]);
      }
      t.expect.equal(await alice.ask("slept"), slept);
    },
  },
  {
    name: "a client that is lost before it was connected, or refused by another middleware, goes all the way",
    server(io, log) {
      const slow: Middleware = async (ctx, next) => {
        const { who } = ctx.handshake.auth;
        log("before", who);
        if (who === "hasty") await new Promise((resolve) => ctx.conn.once("close", resolve));
        await next();
        log("after", who, ctx.connected, typeof ctx.reason);
      };
      createRouter(io, withConnection(log, slow));
      io.use((socket, next) => {
        next(socket.handshake.auth.who === "refused" ? new Error("by another") : undefined);
      });
    },
    async client(t) {
      const hasty = t.client("hasty", { auth: { who: "hasty" } });
      await hasty.act((socket) => socket.connect());
      await t.serverLogged("before");
      hasty.socket.io.engine.close();
      t.expect.deepEqual(await t.serverLogged("after"), ["hasty", false, "string"]);
      const refused = await t.connect("refused", { auth: { who: "refused" } });
      t.expect.equal(refused.log[0]?.[1], "by another");
      refused.socket.io.engine.close();
      t.expect.deepEqual(await t.serverLogged("after", 2), ["refused", false, "string"]);
    },
  },
  {
    name: "namespaces are configured in one object, each with middlewares of its own",
    server(io, log) {
      const named =
        (name: string): Middleware =>
        async (ctx, next) => {
          if (!ctx.restored) log(name, ctx.socket.nsp.name);
          await next();
        };
      createRouter(io, {
        middleware: { known: named("known") },
        namespace: {
          "/": { connectionMiddleware: ["known"] },
          "/chat": { connectionMiddleware: [named("given"), "known"], packetMiddleware: ["known"] },
        },
      })
        .of("/chat")
        .route("say", async () => "said");
    },
    async client(t) {
      const alice = await t.connect("alice");
      const chat = await alice.open("/chat");
      t.expect.equal(await chat.ask("say"), "said");
      const seen = (await t.serverLog()).slice(0, 3);
      t.expect.deepEqual(seen, [
        ["known", "/"],
        ["given", "/chat"],
        ["known", "/chat"],
      ]);
    },
  },
  {
    name: "generateId makes the ids of connections",
    server(io) {
      let count = 0;
      const router = createRouter(io, {
        generateId: async (request) => `${request._query.who}-${++count}-${Math.random()}`,
      });
      router.route("id", async (ctx) => ctx.conn.id);
    },
    async client(t) {
      const alice = await t.connect("alice", { query: { who: "alice" } });
      t.expect.match(String(await alice.ask("id")), /^alice-1-0\./);
      t.expect.match(alice.socket.io.engine.id, /^alice-1-0\./);
    },
    not: {
      partykit: "the handshake is negotiated at the edge, out of reach of the room's io.engine",
    },
  },
]);
