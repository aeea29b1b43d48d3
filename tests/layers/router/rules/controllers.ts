/** Handlers and controller classes. */
import {
  actionsOf,
  type Context,
  Controller,
  createRouter,
  loadModules,
} from "../../../../layers/router/index.ts";
import { rules } from "../rule.ts";

let instances = 0;

class Chat extends Controller {
  readonly instance = ++instances;
  count = 0;

  async ping() {
    this.count += 1;
    const [message] = this.ctx.args;
    await this.ctx.socket.emit("res", `Hi! I've got your message: ${message}`);
    return { count: this.count, instance: this.instance };
  }

  async argument(ctx: Context) {
    return ctx === this.ctx && ctx.app.io === ctx.io && this.app === ctx.app && ctx.app.tea;
  }

  async _hidden() {
    return "hidden";
  }
}

class Louder extends Chat {
  override async ping() {
    const { count } = await super.ping();
    return { count: count + 100, instance: 0 };
  }

  sync() {
    return this.ctx.args.length;
  }
}

class Bare {
  declare ctx: Context;

  async ping() {
    return this.ctx.args[0];
  }
}

export const CONTROLLERS = rules([
  {
    name: "an async function is called with the context, as its argument and as `this`",
    server(io) {
      createRouter(io).route("same", async function (ctx) {
        return this === ctx && this.args[0] === ctx.args[0] && ctx.packet?.[0] === "same";
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      t.expect.equal(await alice.ask("same", 1), true);
    },
  },
  {
    name: "a controller class has a new instance for each packet, with this.ctx and this.app",
    server(io) {
      const chat = actionsOf(Chat);
      const router = createRouter(io, { app: { tea: "green" } });
      router.route("ping", chat.ping).route("argument", chat.argument);
      router.route("bare", actionsOf(Bare).ping);
    },
    async client(t) {
      const alice = await t.connect("alice");
      const first = (await alice.ask("ping", "one")) as { count: number; instance: number };
      const second = (await alice.ask("ping", "two")) as { count: number; instance: number };
      t.expect.equal(first.count, 1);
      t.expect.equal(second.count, 1);
      t.expect.notEqual(first.instance, second.instance);
      t.expect.deepEqual(await alice.received("res", 2), ["Hi! I've got your message: two"]);
      t.expect.equal(await alice.ask("argument"), "green");
      t.expect.equal(await alice.ask("bare", "as well"), "as well");
    },
  },
  {
    name: "a whole controller is routed by a prefix: class or object, inherited methods, no underscores",
    server(io, log) {
      const router = createRouter(io, {
        namespace: {
          "/": {
            packetMiddleware: [
              async (ctx, next) => {
                await next();
                log("passed", ctx.packet?.[0]);
              },
            ],
          },
        },
      });
      router.routeAll("chat:", Louder);
      router.routeAll("", { hello: async () => "world", _private: async () => "no", value: 7 });
      router.route("chat:_hidden", async () => "no route");
    },
    async client(t) {
      const alice = await t.connect("alice");
      t.expect.equal(((await alice.ask("chat:ping", "x")) as { count: number }).count, 101);
      t.expect.equal(await alice.ask("chat:sync", 1, 2), 3);
      t.expect.equal(await alice.ask("chat:_hidden"), "no route");
      t.expect.equal(await alice.ask("hello"), "world");
      await alice.deliver("_private");
      await alice.deliver("chat:constructor");
      await t.serverLogged("passed", 6);
      t.expect.ok(true);
    },
  },
  {
    name: "egg's folders, from a map of modules: factories, classes, objects, names in camel case",
    server(io, log) {
      const app = { greeting: "hello" };
      const { controller, middleware } = loadModules(
        {
          "./io/controller/chat.js": {
            default: (given: { Controller: typeof Controller; greeting: string }) => {
              return class extends given.Controller {
                async ping() {
                  return `${given.greeting} ${this.ctx.args[0]}`;
                }
              };
            },
          },
          "./io/controller/admin/user_list.ts": { show: async () => "users", Nested: Bare },
          "./io/controller/types.d.ts": {},
          "./io/middleware/auth.js": {
            default: () => async (_ctx: unknown, next: () => Promise<void>) => {
              log("auth");
              await next();
            },
          },
          "./io/middleware/filter.js": {
            default: { default: async (_ctx: unknown, next: () => Promise<void>) => next() },
          },
        },
        app,
      );
      const router = createRouter(io, {
        app,
        middleware,
        namespace: { "/": { connectionMiddleware: ["auth"], packetMiddleware: ["filter"] } },
      });
      router.route("ping", controller.chat.ping);
      router.route("users", controller.admin.userList.show);
      router.route("nested", controller.admin.userList.Nested.ping);
    },
    async client(t) {
      const alice = await t.connect("alice");
      t.expect.equal(await alice.ask("ping", "egg"), "hello egg");
      t.expect.equal(await alice.ask("users"), "users");
      t.expect.equal(await alice.ask("nested", 3), 3);
      await t.serverLogged("auth");
    },
  },
]);
