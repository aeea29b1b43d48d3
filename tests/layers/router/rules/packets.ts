/** Packet middlewares, acknowledgements, failures, the context. */
import { createRouter, type Middleware } from "../../../../layers/router/index.ts";
import type { Log } from "../../../scenarios/scenario.ts";
import { rules } from "../rule.ts";

const tick = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

/** Logs what is reported, as `event: message`. */
const told = (log: Log) => (error: unknown, ctx: { id: string }, event: string) => {
  log("reported", event, (error as Error).message, typeof ctx.id);
};

const around =
  (log: Log, name: string): Middleware =>
  async (_ctx, next) => {
    log(`${name} before`);
    await next();
    log(`${name} after`);
  };

export const PACKETS = rules([
  {
    name: "packet middlewares stand around the controller: next() resolves when it has finished",
    server(io, log) {
      const packetMiddleware = [around(log, "outer"), around(log, "inner")];
      const router = createRouter(io, { namespace: { "/": { packetMiddleware } } });
      router.route("chat", async () => {
        log("controller begins");
        await tick();
        log("controller ends");
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("chat");
      await t.serverLogged("outer after");
      t.expect.deepEqual(
        (await t.serverLog()).map(([event]) => event),
        [
          "outer before",
          "inner before",
          "controller begins",
          "controller ends",
          "inner after",
          "outer after",
        ],
      );
    },
  },
  {
    name: "ctx.packet is the event's name and its arguments; both can be changed, and the whole",
    server(io, log) {
      const packetMiddleware: Middleware[] = [
        async (ctx, next) => {
          log("packet", ctx.packet);
          if (ctx.packet?.[0] === "change") {
            ctx.packet[0] = "changed";
            ctx.packet[1] = "new";
          }
          await next();
        },
        async (ctx, next) => {
          if (ctx.packet?.[0] === "replace") ctx.packet = ["replaced", ...ctx.args, "more"];
          await next();
        },
      ];
      const router = createRouter(io, { namespace: { "/": { packetMiddleware } } });
      router.route("changed", async (ctx) => ctx.emit("res", ...ctx.args));
      router.route("replaced", async (ctx) => ctx.emit("res", ...ctx.args));
      io.on("connection", (socket) => {
        socket.on("changed", (...args) => log("listener", ...args));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("change", "old", 2);
      t.expect.deepEqual(await alice.received("res"), ["new", 2]);
      t.expect.deepEqual(await t.serverLogged("listener"), ["new", 2]);
      await alice.emit("replace", 1);
      t.expect.deepEqual(await alice.received("res", 2), [1, "more"]);
      t.expect.deepEqual(await t.serverLogged("packet", 2), [["replace", 1]]);
    },
  },
  {
    name: "a middleware that does not call next() keeps the packet from everybody",
    server(io, log) {
      const packetMiddleware: Middleware[] = [
        async (ctx, next) => {
          if (ctx.args[0] !== "spam") await next();
        },
      ];
      const router = createRouter(io, { namespace: { "/": { packetMiddleware } } });
      router.route("say", async (ctx) => log("controller", ctx.args[0]));
      io.on("connection", (socket) => socket.on("say", (text) => log("listener", text)));
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.deliver("say", "spam");
      await alice.deliver("say", "news");
      await t.serverLogged("listener");
      t.expect.deepEqual(await t.serverLog(), [
        ["controller", "news"],
        ["listener", "news"],
      ]);
    },
  },
  {
    name: "what a controller throws arrives at next(), where it can be caught",
    server(io, log) {
      const packetMiddleware: Middleware[] = [
        async (ctx, next) => {
          try {
            await next();
          } catch (error) {
            ctx.emit("failed", (error as Error).message);
          }
        },
      ];
      const router = createRouter(io, {
        namespace: { "/": { packetMiddleware } },
        onError: told(log),
      });
      router.route("fail", async () => {
        await tick();
        throw new Error("no luck");
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("fail");
      t.expect.deepEqual(await alice.received("failed"), ["no luck"]);
      t.expect.deepEqual(await t.serverLog(), []);
    },
  },
  {
    name: "what nobody catches is reported with event and socket, and the route of error is told",
    server(io, log) {
      const router = createRouter(io, {
        namespace: {
          "/": {
            packetMiddleware: [
              async (ctx, next) => {
                if (ctx.packet?.[0] === "early") throw new Error("before");
                await next();
                if (ctx.packet?.[0] === "late") throw new Error("behind");
              },
            ],
          },
        },
        onError: told(log),
      });
      router.route("late", async () => {});
      router.route("sync", () => {
        throw new Error("at once");
      });
      router.route("error", async (ctx) => log("routed", ctx.args[0]?.message));
      router.route("fine", async () => "fine");
      io.on("connection", (socket) => {
        socket.on("error", (error) => log("listener", error.message));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      for (const [index, event] of ["early", "late", "sync"].entries()) {
        await alice.emit(event);
        await t.serverLogged("routed", index + 1);
      }
      t.expect.equal(await alice.ask("fine"), "fine");
      t.expect.deepEqual(await t.serverLog(), [
        ["reported", "early", "before", "string"],
        ["routed", "before"],
        ["listener", "before"],
        ["reported", "late", "behind", "string"],
        ["routed", "behind"],
        ["reported", "sync", "at once", "string"],
        ["routed", "at once"],
      ]);
    },
  },
  {
    name: "next() twice: the second one fails, the controller runs once",
    server(io, log) {
      const router = createRouter(io, {
        namespace: {
          "/": {
            packetMiddleware: [
              async (_ctx, next) => {
                await next();
                await next();
              },
            ],
          },
        },
        onError: told(log),
      });
      router.route("chat", async () => log("controller"));
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("chat");
      await t.serverLogged("reported");
      t.expect.deepEqual(await t.serverLog(), [
        ["controller"],
        ["reported", "chat", "next() called multiple times", "string"],
      ]);
    },
  },
  {
    name: "a failure behind a next() that nobody waits for is reported as well",
    server(io, log) {
      const router = createRouter(io, {
        namespace: {
          "/": {
            packetMiddleware: [
              (_ctx, next) => {
                next();
                next();
              },
            ],
          },
        },
        onError: told(log),
      });
      router.route("chat", async () => {
        await tick();
        throw new Error("unheard");
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("chat");
      await t.serverLogged("reported", 2);
      t.expect.deepEqual((await t.serverLog()).map(([, , message]) => message).sort(), [
        "next() called multiple times",
        "unheard",
      ]);
    },
  },
  {
    name: "an acknowledgement function is among ctx.args; what a controller returns answers if nobody did",
    server(io) {
      const router = createRouter(io, {
        namespace: {
          "/": {
            packetMiddleware: [
              async (ctx, next) => {
                if (ctx.packet?.[0] === "guarded") ctx.args.at(-1)("from the middleware");
                await next();
              },
            ],
          },
        },
      });
      router.route("own", async (ctx) => {
        ctx.args[1](`own ${ctx.args[0]}`);
        return "ignored";
      });
      router.route("returned", async (ctx) => `${ctx.args.length} ${typeof ctx.args[1]}`);
      router.route("late", async (ctx) => {
        setTimeout(() => ctx.args[0]("late"), 1);
      });
      router.route("guarded", async () => "ignored");
      router.route("nothing", async () => null);
      const failing: Middleware = async (_ctx, next) => {
        await next();
        throw new Error("behind");
      };
      const hasty: Middleware = (_ctx, next) => void next();
      for (const [name, middleware] of Object.entries({ failing, hasty })) {
        const other = router.of(`/${name}`, { packetMiddleware: [middleware] });
        other.route("returned", async () => {
          await tick();
          return name;
        });
      }
    },
    async client(t) {
      const alice = await t.connect("alice");
      t.expect.equal(await alice.ask("own", 1), "own 1");
      t.expect.equal(await alice.ask("returned", 1), "2 function");
      t.expect.equal(await alice.ask("late"), "late");
      t.expect.equal(await alice.ask("guarded"), "from the middleware");
      t.expect.equal(await alice.ask("nothing"), null);
      const hasty = await alice.open("/hasty");
      t.expect.equal(await hasty.ask("returned"), "hasty");
      const failing = await alice.open("/failing");
      await failing.emit("returned", () => failing.note("answered"));
      await t.settle();
      t.expect.deepEqual(failing.events, ["connect"]);
    },
  },
  {
    name: "the context has the socket's members under egg's names",
    server(io) {
      const router = createRouter(io, { app: { tea: "black" } });
      router.route("members", async (ctx) => {
        const { socket } = ctx;
        const names = ["client", "server", "adapter", "id", "conn", "handshake"] as const;
        return {
          same: names.filter((name) => ctx[name] !== socket[name]),
          io: ctx.io === io && ctx.app.io === io && ctx.app.tea === "black",
          rooms: [...ctx.rooms].length,
          acks: ctx.acks.size,
          connected: [ctx.connected, ctx.disconnected],
          state: Object.keys(ctx.state),
          volatile: ctx.volatile === socket,
        };
      });
      router.route("join", async (ctx) => {
        await ctx.join(["red", "blue"]);
        await ctx.leave("blue");
        return [...ctx.rooms].slice(1);
      });
      router.route("tell", async (ctx) => {
        ctx.to("red").emit("to");
        ctx.in("red").emit("in");
        ctx.broadcast.emit("broadcast");
        ctx.send("sent");
        ctx.write("written");
        ctx.emit("emitted", 1);
      });
      router.route("end", async (ctx) => void ctx.disconnect(true));
    },
    async client(t) {
      const [alice, bob] = [await t.connect("alice"), await t.connect("bob")];
      t.expect.deepEqual(await alice.ask("members"), {
        same: [],
        io: true,
        rooms: 1,
        acks: 0,
        connected: [true, false],
        state: [],
        volatile: true,
      });
      t.expect.deepEqual(await bob.ask("join"), ["red"]);
      await alice.emit("tell");
      await alice.received("emitted");
      await bob.received("broadcast");
      t.expect.deepEqual(alice.log.slice(1), [
        ["message", "sent"],
        ["message", "written"],
        ["emitted", 1],
      ]);
      t.expect.deepEqual(bob.events.slice(1), ["to", "in", "broadcast"]);
      await alice.emit("end");
      t.expect.equal(await alice.disconnected(), "io server disconnect");
    },
  },
  {
    name: "what a controller sets after it has waited is kept when the object sleeps",
    server(io) {
      const router = createRouter(io);
      router.route("data", async (ctx) => {
        await tick();
        ctx.socket.data.name = ctx.args[0];
      });
      router.route("property", async (ctx) => {
        await tick();
        Object.assign(ctx.socket, { nickname: ctx.args[0] });
      });
      router.route("get", async (ctx) => {
        return [ctx.socket.data.name, (ctx.socket as { nickname?: string }).nickname];
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      /** Asks until both are there: handlers take a moment. */
      const both = async (expected: unknown[]) => {
        let got: unknown;
        for (let tries = 0; tries < 100 && `${got}` !== `${expected}`; tries++) {
          got = await alice.ask("get");
        }
        t.expect.deepEqual(got, expected);
      };
      await alice.emit("property", "al");
      await both([null, "al"]);
      await alice.emit("data", "Alice");
      await both(["Alice", "al"]);
    },
  },
]);
