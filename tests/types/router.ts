// Routers take the events of their server's maps, with their arguments.
import type { Server } from "../../durable-objects/node/index.ts";
import {
  actionsOf,
  type Context,
  Controller,
  createRouter,
  type Define,
  type Middleware,
  type SessionSource,
} from "../../layers/router/index.ts";
import { expectType } from "./expect.ts";

interface ClientToServer {
  hello: (name: string) => void;
  plain: () => void;
  sum: (a: number, b: number, answer: (sum: number) => void) => void;
  confirm: (answer: () => void) => void;
  "chat:say": (text: string) => void;
  "chat:leave": () => void;
}

interface ServerToClient {
  news: (title: string, stars: number) => void;
}

interface Data {
  user: string;
}

interface SessionData {
  visits: number;
}

type Chat = Define<{
  listen: ClientToServer;
  emit: ServerToClient;
  data: Data;
  session: SessionData;
  app: { tea: string };
}>;

declare const io: Server<ClientToServer, ServerToClient, Record<string, never>, Data>;
declare const untyped: Server;
declare const source: SessionSource<SessionData>;

const router = createRouter(io, {
  app: { tea: "green" },
  namespace: {
    "/": {
      connectionMiddleware: [
        async (ctx, next) => {
          expectType<Data>()(ctx.socket.data);
          expectType<string>()(ctx.app.tea);
          await next();
          expectType<string | undefined>()(ctx.reason);
        },
      ],
      // @ts-expect-error a function, or the name of one
      packetMiddleware: [7],
    },
  },
});

// --- events and arguments
router.route("hello", async (ctx) => {
  expectType<[name: string]>()(ctx.args);
  expectType<string>()(ctx.app.tea);
  ctx.emit("news", "title", 5);
  ctx.broadcast.emit("news", "title", 5);
  // @ts-expect-error no such event
  ctx.emit("unknown");
  // @ts-expect-error not a number
  ctx.to("room").emit("news", "title", "five");
});
router.of("/chat").route("plain", async function () {
  expectType<[]>()(this.args);
});
// @ts-expect-error no such event
router.route("unknown", async () => {});
// @ts-expect-error that goes out, it does not come in
router.of("/chat").route("news", async () => {});
// @ts-expect-error it has one argument
router.route("hello", async (ctx) => ctx.args[1]);

// --- answers
router.route("sum", async (ctx) => {
  const [a, b, answer] = ctx.args;
  answer(a + b);
});
router.route("sum", (ctx) => ctx.args[0]);
router.route("sum", async (ctx) => ctx.args[0]);
router.route("confirm", async () => {});
// @ts-expect-error a number answers it
router.route("sum", async () => "three");
// @ts-expect-error nothing is answered with
router.route("confirm", async () => 3);

// --- Socket.IO's own events
router.route("disconnect", async (ctx) => expectType<string>()(ctx.args[0]));
router.route("disconnecting", async (ctx) => expectType<string>()(ctx.args[0]));
router.route("error", async (ctx) => expectType<Error>()(ctx.args[0]));
// @ts-expect-error that is the server's, not a socket's
router.route("new_namespace", async () => {});

// --- controllers
class ChatController extends Controller<Context<Chat>> {
  async say(ctx: Context<Chat, [text: string]>) {
    expectType<string>()(ctx.args[0]);
    expectType<string>()(this.app.tea);
    expectType<number | undefined>()(this.ctx.session.visits);
    expectType<string>()(this.ctx.session.id);
  }

  async leave() {}

  async _hidden() {}
}
class Numbers {
  async hello(ctx: Context<Chat, [name: number]>) {
    return ctx.args[0];
  }
}
const typed = createRouter(io as Server<ClientToServer, ServerToClient, Chat["serverSide"], Data>, {
  app: { tea: "green" },
  session: source,
});
typed.route("chat:say", actionsOf(ChatController).say);
typed.routeAll("chat:", ChatController);
typed.of("/chat").routeAll("", { hello: async () => {}, plain: async () => {} });
// @ts-expect-error there is no event "say"
typed.routeAll("", ChatController);
// @ts-expect-error hidden methods are not routed
actionsOf(ChatController)._hidden;
// @ts-expect-error the name is text
typed.route("hello", actionsOf(Numbers).hello);

// --- without maps everything goes
const anything = createRouter(untyped);
anything.route("whatever", async (ctx) => {
  ctx.emit("anything", ctx.args[0].x.y, ctx.session.whatever);
  return 1;
});
const logger: Middleware = async (ctx, next) => {
  ctx.state.anything = ctx.packet?.[0];
  await next();
};
createRouter(io, { namespace: { "/": { packetMiddleware: [logger] } } });
createRouter(untyped, {
  middleware: { logger },
  namespace: { "/": { packetMiddleware: ["logger"] } },
});
// @ts-expect-error no such option
createRouter(untyped, { middlewares: {} });
