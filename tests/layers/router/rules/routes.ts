/** Routes: events, system events, namespaces. */
import { createRouter } from "../../../../layers/router/index.ts";
import { rules } from "../rule.ts";

export const ROUTES = rules([
  {
    name: "the first route of an event counts",
    server(io) {
      const router = createRouter(io);
      router.route("chat", async (ctx) => ctx.emit("res", "first", ...ctx.args));
      router.route("chat", async (ctx) => ctx.emit("res", "second"));
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("chat", 1, { two: [2] });
      t.expect.deepEqual(await alice.received("res"), ["first", 1, { two: [2] }]);
      await t.settle();
      t.expect.equal(alice.events.filter((name) => name === "res").length, 1);
    },
  },
  {
    name: "each namespace has routes of its own; the router's own are the main namespace's",
    server(io) {
      const router = createRouter(io);
      router.route("where", async (ctx) => ctx.emit("res", ctx.socket.nsp.name));
      router
        .of("/chat")
        .route("where", async (ctx) => ctx.emit("res", "chat", ctx.socket.nsp.name));
      router.of("bare").route("where", async (ctx) => ctx.emit("res", "bare", ctx.socket.nsp.name));
    },
    async client(t) {
      const main = await t.connect("main");
      const chat = await main.open("/chat");
      const bare = await t.connect("bare", { namespace: "/bare" });
      await main.emit("where");
      t.expect.deepEqual(await main.received("res"), ["/"]);
      await chat.emit("where");
      t.expect.deepEqual(await chat.received("res"), ["chat", "/chat"]);
      await bare.emit("where");
      t.expect.deepEqual(await bare.received("res"), ["bare", "/bare"]);
    },
  },
  {
    name: "a pattern stands for dynamic namespaces, with middlewares of its own",
    server(io, log) {
      const router = createRouter(io);
      const rooms = router.of(/^\/room-\d+$/, {
        connectionMiddleware: [
          async (ctx, next) => {
            await next();
            log("left", ctx.socket.nsp.name, ctx.reason);
          },
        ],
        packetMiddleware: [
          async (ctx, next) => {
            ctx.state.room = ctx.socket.nsp.name.slice("/room-".length);
            await next();
          },
        ],
      });
      rooms.route("number", async (ctx) => ctx.state.room);
    },
    async client(t) {
      const one = await t.connect("one", { namespace: "/room-1" });
      const two = await t.connect("two", { namespace: "/room-22" });
      t.expect.equal(await one.ask("number"), "1");
      t.expect.equal(await two.ask("number"), "22");
      await one.disconnect();
      t.expect.deepEqual(await t.serverLogged("left"), ["/room-1", "client namespace disconnect"]);
    },
  },
  {
    name: "disconnecting and disconnect are routed, with their reason, and rooms where there are any",
    server(io, log) {
      const router = createRouter(io);
      router.route("join", async (ctx) => {
        await ctx.join("lobby");
        return [...ctx.rooms].length;
      });
      router.route("kick", async (ctx) => void ctx.disconnect());
      router.route("disconnecting", async (ctx) => {
        log("disconnecting", ctx.args[0], ctx.connected, ctx.rooms.has("lobby"), ctx.packet);
      });
      router.route("disconnect", async (ctx) => {
        log("disconnect", ctx.args[0], ctx.connected, ctx.disconnected);
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      t.expect.equal(await alice.ask("join"), 2);
      await alice.disconnect();
      await t.serverLogged("disconnect");
      const bob = await t.connect("bob");
      await bob.emit("kick");
      await t.serverLogged("disconnect", 2);
      const carol = await t.connect("carol");
      await carol.cut();
      await t.serverLogged("disconnect", 3);
      const undef = { $undefined: true };
      t.expect.deepEqual(await t.serverLog(), [
        ["disconnecting", "client namespace disconnect", true, true, undef],
        ["disconnect", "client namespace disconnect", false, true],
        ["disconnecting", "server namespace disconnect", true, false, undef],
        ["disconnect", "server namespace disconnect", false, true],
        ["disconnecting", "transport close", true, false, undef],
        ["disconnect", "transport close", false, true],
      ]);
    },
  },
  {
    name: "error is routed: what comes of broken packets; not what a client calls by that name",
    server(io, log) {
      const router = createRouter(io);
      router.route("error", async (ctx) => log("error", ctx.args[0]?.message ?? "?"));
      router.route("echo", async (ctx) => ctx.args[0]);
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.deliver("error", { message: "made up" });
      t.expect.equal(await alice.ask("echo", 1), 1);
      t.expect.deepEqual(await t.serverLog(), []);
      await alice.message('2["echo"');
      await t.serverLogged("error");
      t.expect.equal((await t.serverLog()).length, 1);
    },
  },
  {
    name: "listeners of the socket's own hear routed events as well, and others",
    server(io, log) {
      createRouter(io).route("both", async (ctx) => log("controller", ...ctx.args));
      io.on("connection", (socket) => {
        socket.on("both", (...args) => log("listener", ...args));
        socket.on("plain", (...args) => log("listener", ...args));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.deliver("both", 1);
      await alice.deliver("plain", 2);
      await t.serverLogged("listener", 2);
      t.expect.deepEqual(await t.serverLog(), [
        ["controller", 1],
        ["listener", 1],
        ["listener", 2],
      ]);
    },
  },
  {
    name: "events of any name and shape lead nowhere, and disturb nobody",
    server(io) {
      createRouter(io).route("echo", async (ctx) => ctx.args[0]);
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      const alice = await t.connect("alice");
      for (const event of [
        '"__proto__"',
        '"constructor"',
        '"error",{"a":1}',
        "7",
        '""',
        '"message"',
      ]) {
        await raw.send(`42[${event}]`);
      }
      await raw.send('423["echo","still there"]');
      t.expect.equal(await alice.ask("echo", "nobody harmed"), "nobody harmed");
      t.expect.ok(await t.connect("bob"));
    },
  },
]);
