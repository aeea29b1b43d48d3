/** Sessions: one for a site's HTTP requests and its sockets. */
import type { Server } from "../../../../glue/socket.io/index.ts";
import { createRouter, type Middleware } from "../../../../layers/router/index.ts";
import {
  createSessions,
  type ObjectStorage,
  type SessionStore,
} from "../../../../layers/router/session/index.ts";
import type { ClientContext } from "../../../scenarios/harness/context.ts";
import type { Log } from "../../../scenarios/scenario.ts";
import { type Platform, type Rule, rules } from "../rule.ts";

interface Data {
  user: string;
  visits: number;
  count: number;
}

export const PASSWORD = "a password for tests that is long enough";
const HOUR = 3600;
/** What lasts as long has ended when it is looked at. */
const A_MOMENT = 1e-6;
const FAIL = "the store is out of order";

const sessionsOf = (store: SessionStore, password = PASSWORD, ttl = HOUR) =>
  createSessions<Data>({ password, store, ttl });

/** An application that lets clients do everything with their sessions. */
function application(io: Server, log: Log, { store }: Platform): void {
  const counting: Middleware = async (ctx, next) => {
    ctx.session.visits = (ctx.session.visits ?? 0) + 1;
    await next();
    log("left", ctx.session.user ?? "nobody", ctx.session.visits);
  };
  const router = createRouter(io, {
    session: sessionsOf(store),
    namespace: {
      "/": {
        connectionMiddleware: [counting],
        packetMiddleware: [
          async (ctx, next) => {
            ctx.state.user = ctx.session.user;
            await next();
          },
        ],
      },
    },
    onError: (error, _ctx, event) => log("reported", event, (error as Error).message),
  });
  router.route("get", async (ctx) => ({
    ...ctx.session,
    id: ctx.session.id,
    state: ctx.state.user,
  }));
  router.route("set", async (ctx) => {
    ctx.session.user = ctx.args[0];
    return "set";
  });
  router.route("count", async (ctx) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    ctx.session.count = (ctx.session.count ?? 0) + 1;
    return ctx.session.count;
  });
  router.route("sign out by HTTP, then set", async (ctx) => {
    const headers = new Headers({ cookie: ctx.handshake.headers.cookie ?? "" });
    const { session } = await sessionsOf(store).of({ headers });
    await session.destroy();
    ctx.session.user = ctx.args[0];
  });
  router.route("destroy", (ctx) => ctx.session.destroy());
  router.route("regenerate", async (ctx) => {
    await ctx.session.regenerate();
    return ctx.session.id;
  });
  router.route("break", async (ctx) => {
    Object.assign(ctx.session, { user: 10n });
  });
  router.route("disconnect", async (ctx) => log("disconnect", ctx.session.user ?? "nobody"));
  router.of("/chat").route("get", async (ctx) => ({ ...ctx.session, id: ctx.session.id }));
}

/** `/site/login`, `/site/logout`, `/site/whoami`; `/site/foreign` and `/site/expired` for bad cookies. */
async function site(request: Request, { store }: Platform): Promise<Response> {
  // PartyKit puts the room in front.
  const pathname = new URL(request.url).pathname.replace(/^.*(?=\/site\/)/, "");
  const headers = new Headers();
  const other = {
    "/site/foreign": sessionsOf(store, "another password that is long enough"),
    "/site/expired": sessionsOf(store, PASSWORD, A_MOMENT),
  }[pathname];
  const { session, commit } = await (other ?? sessionsOf(store)).of(request);
  if (pathname === "/site/login") {
    await session.regenerate();
    session.user = "Ada";
  } else if (pathname === "/site/logout") {
    await session.destroy();
  } else if (other !== undefined) {
    session.user = "Mallory";
  }
  const { id } = session;
  const body = JSON.stringify({ ...session, id });
  await commit(headers);
  return new Response(body, { headers });
}

/** What a browser keeps of the answers. */
const cookieOf = (headers: Headers) =>
  headers.getSetCookie().map((line) => line.split(";")[0])[0] ?? "";

async function visit(t: ClientContext, path: string, cookie = "") {
  const { headers, body } = await t.http(`/site/${path}`, { headers: { cookie } });
  return { cookie: cookieOf(headers), lines: headers.getSetCookie(), session: JSON.parse(body) };
}

const connectWith = (t: ClientContext, name: string, cookie: string) =>
  t.connect(name, { extraHeaders: { cookie } });

type Seen = Partial<Data> & { id: string; state?: string };

const rule = (name: string, client: Rule["client"]): Rule => {
  return { name, server: application, http: site, client };
};

export const SESSIONS = rules([
  rule(
    "a session is created at the handshake, with a cookie; HTTP requests and other sockets share it",
    async (t) => {
      const raw = await t.raw("raw");
      const line = String(raw.responseHeaders["set-cookie"]);
      for (const attribute of ["HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Max-Age=3540"]) {
        t.expect.match(line, new RegExp(`; ${attribute}(;|$)`));
      }
      const cookie = line.split(";")[0] as string;
      await raw.connect();
      await raw.send('420["set","Ada"]');
      await raw.frame('430["set"]');
      await raw.send('421["get"]');
      const [seen] = JSON.parse((await raw.frame((text) => text.startsWith("431"))).slice(3));
      const again = await connectWith(t, "again", cookie);
      const { id, user, visits, state } = (await again.ask("get")) as Seen;
      t.expect.deepEqual([id, user, visits, state], [seen.id, "Ada", 2, "Ada"]);
      const whoami = await visit(t, "whoami", cookie);
      t.expect.deepEqual(whoami.session, { id, user: "Ada", visits: 2 });
      t.expect.deepEqual(whoami.lines, []);
    },
  ),
  rule(
    "a socket has the session of the HTTP requests before, in middlewares and controllers",
    async (t) => {
      const { cookie, session } = await visit(t, "login");
      const alice = await connectWith(t, "alice", `other=1; ${cookie}`);
      for (let sleeps = 0; sleeps < 3; sleeps++) {
        t.expect.deepEqual(await alice.ask("get"), {
          user: "Ada",
          visits: 1,
          id: session.id,
          state: "Ada",
        });
      }
      await alice.ask("set", "Ada Lovelace");
      t.expect.equal((await visit(t, "whoami", cookie)).session.user, "Ada Lovelace");
      await alice.disconnect();
      t.expect.deepEqual(await t.serverLogged("left"), ["Ada Lovelace", 1]);
      t.expect.deepEqual(await t.serverLogged("disconnect"), ["Ada Lovelace"]);
    },
  ),
  rule("other namespaces of a connection have the same session", async (t) => {
    const { cookie, session } = await visit(t, "login");
    const alice = await connectWith(t, "alice", cookie);
    const chat = await alice.open("/chat");
    t.expect.deepEqual(await chat.ask("get"), { user: "Ada", visits: 1, id: session.id });
  }),
  rule(
    "also where it is as new as the connection, and the object has slept in between",
    async (t) => {
      const alice = await t.connect("alice");
      const { id } = (await alice.ask("get")) as Seen;
      const chat = await alice.open("/chat");
      t.expect.equal(((await chat.ask("get")) as Seen).id, id);
    },
  ),
  rule("events that are handled side by side change one session", async (t) => {
    const { cookie } = await visit(t, "login");
    const alice = await connectWith(t, "alice", cookie);
    await alice.act((socket) => {
      for (let index = 0; index < 3; index++) socket.emit("count");
    });
    await t.settle();
    t.expect.equal(await alice.ask("count"), 4);
    t.expect.equal((await visit(t, "whoami", cookie)).session.count, 4);
  }),
  rule(
    "a cookie that is forged, expired, or of another secret opens nothing, and is replaced",
    async (t) => {
      const { cookie, session } = await visit(t, "login");
      const value = cookie.slice("session=".length);
      const bad = [
        `session=${value.slice(0, -8)}AAAAAAAA`,
        `session=${value.replace(/\*\w{20}/, "*00000000000000000000")}`,
        "session=",
        "session=%E0%A4%A",
        `session={"id":"${session.id}","expires":99999999999999}`,
        `session=${"x".repeat(4000)}`,
        (await visit(t, "foreign")).cookie,
        (await visit(t, "expired")).cookie,
      ];
      for (const [index, forged] of bad.entries()) {
        const client = await connectWith(t, `mallory ${index}`, forged);
        const { id, user } = (await client.ask("get")) as Seen;
        t.expect.equal(user, undefined, forged);
        t.expect.notEqual(id, session.id);
        const answer = await visit(t, "whoami", forged);
        t.expect.equal(answer.session.user, undefined);
        t.expect.ok(answer.cookie.startsWith("session="));
      }
      t.expect.equal((await visit(t, "whoami", cookie)).session.user, "Ada");
    },
  ),
  rule(
    "signing in gives a session another id: who knew the cookie before knows nothing",
    async (t) => {
      const planted = await visit(t, "whoami");
      const mallory = await connectWith(t, "mallory", planted.cookie);
      await mallory.ask("set", "nobody yet");
      const victim = await visit(t, "login", planted.cookie);
      t.expect.notEqual(victim.session.id, planted.session.id);
      t.expect.equal(victim.session.user, "Ada");
      t.expect.equal(((await mallory.ask("get")) as Seen).user, undefined);
      t.expect.equal((await visit(t, "whoami", planted.cookie)).session.user, undefined);
      const again = await connectWith(t, "again", planted.cookie);
      t.expect.equal(((await again.ask("get")) as Seen).user, undefined);
      t.expect.equal((await visit(t, "whoami", victim.cookie)).session.user, "Ada");
    },
  ),
  rule("a socket can regenerate its session, too: it keeps it under the new id", async (t) => {
    const { cookie, session } = await visit(t, "login");
    const alice = await connectWith(t, "alice", cookie);
    const id = await alice.ask("regenerate");
    t.expect.notEqual(id, session.id);
    t.expect.deepEqual(await alice.ask("get"), { user: "Ada", visits: 1, id, state: "Ada" });
    t.expect.equal((await visit(t, "whoami", cookie)).session.user, undefined);
  }),
  rule("a session that has ended is empty everywhere, and nothing brings it back", async (t) => {
    const { cookie, session } = await visit(t, "login");
    const alice = await connectWith(t, "alice", cookie);
    const out = await visit(t, "logout", cookie);
    t.expect.match(out.lines[0] ?? "", /^session=;.*Max-Age=0/);
    t.expect.deepEqual(await alice.ask("get"), { id: session.id });
    await alice.emit("set", "Ada");
    t.expect.deepEqual(await t.serverLogged("reported"), [
      "set",
      "dormouse: the session has ended, what was changed in it is not kept",
    ]);
    const whoami = await visit(t, "whoami", cookie);
    t.expect.notEqual(whoami.session.id, session.id);
    t.expect.equal(whoami.session.user, undefined);
  }),
  rule("who signs out while an event is handled stays signed out", async (t) => {
    const { cookie, session } = await visit(t, "login");
    const alice = await connectWith(t, "alice", cookie);
    await alice.emit("sign out by HTTP, then set", "Ada Lovelace");
    t.expect.deepEqual(await t.serverLogged("reported"), [
      "sign out by HTTP, then set",
      "dormouse: the session has ended, what was changed in it is not kept",
    ]);
    t.expect.deepEqual(await alice.ask("get"), { id: session.id });
    t.expect.notEqual((await visit(t, "whoami", cookie)).session.id, session.id);
  }),
  rule("a socket can end its session", async (t) => {
    const { cookie } = await visit(t, "login");
    const alice = await connectWith(t, "alice", cookie);
    await alice.emit("destroy");
    await t.settle();
    t.expect.equal(((await alice.ask("get")) as Seen).user, undefined);
    t.expect.equal((await visit(t, "whoami", cookie)).session.user, undefined);
  }),
  rule("what cannot be kept is reported, with its event", async (t) => {
    const { cookie } = await visit(t, "login");
    const alice = await connectWith(t, "alice", cookie);
    await alice.emit("break");
    const [event, message] = await t.serverLogged("reported");
    t.expect.equal(event, "break");
    t.expect.match(String(message), /BigInt/);
    t.expect.equal((await visit(t, "whoami", cookie)).session.user, "Ada");
  }),
  {
    name: "a session expires when nobody uses it, and lives on while somebody does",
    server(io, _log, { store }) {
      const router = createRouter(io, { session: sessionsOf(store) });
      /** Lets the time pass that leaves so much of an hour, in what the store has. */
      const age = async (id: string, left: number) => {
        const stored = await store.get(id);
        await store.set(id, {
          data: stored?.data ?? null,
          expires: Date.now() + left * HOUR * 1000,
        });
      };
      router.route("set", async (ctx) => {
        ctx.session.user = ctx.args[0];
        return ctx.session.id;
      });
      router.route("get", async (ctx) => ctx.session.user ?? null);
      router.of("/clock").route("left", async (ctx) => {
        const { expires = 0 } = (await store.get(ctx.args[0])) ?? {};
        return Math.round((10 * (expires - Date.now())) / HOUR / 1000) / 10;
      });
      router.of("/clock").route("age", async (ctx) => {
        await age(ctx.args[0], ctx.args[1]);
        return null;
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const clock = await t.connect("clock", { namespace: "/clock" });
      const id = await alice.ask("set", "Ada");
      t.expect.equal(await clock.ask("left", id), 1);
      await clock.ask("age", id, 0.7);
      t.expect.equal(await alice.ask("get"), "Ada");
      await alice.ask("get");
      t.expect.equal(await clock.ask("left", id), 0.7);
      await clock.ask("age", id, 0.3);
      t.expect.equal(await alice.ask("get"), "Ada");
      await alice.ask("get");
      t.expect.equal(await clock.ask("left", id), 1);
      await clock.ask("age", id, -0.1);
      t.expect.equal(await alice.ask("get"), null);
    },
  },
  {
    name: "an object's storage does not fill with sessions that have expired",
    server(io, _log, { store, storage }) {
      const count = async () =>
        [...(await (storage as ObjectStorage).list({ prefix: "session:", limit: 1000 }))].length;
      const router = createRouter(io);
      router.route("fill", async () => {
        const past = Date.now() - 1;
        for (let index = 0; index < 150; index++) {
          await store.set(`old ${index}`, { data: { index }, expires: past });
        }
        await store.set("living", { data: {}, expires: past + HOUR });
        return count();
      });
      router.route("use", async () => {
        for (let index = 0; index < 200; index++) {
          await store.set("living", { data: { index }, expires: Date.now() + HOUR });
        }
        return [await count(), (await store.get("living"))?.data];
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      t.expect.ok(Number(await alice.ask("fill")) <= 151);
      t.expect.deepEqual(await alice.ask("use"), [1, { index: 199 }]);
    },
    not: { node: "there is no object" },
  },
  {
    name: "a store that fails refuses clients and fails events; the others go on",
    server(io, log, { store }) {
      const failing: SessionStore = {
        get: async (id) => {
          const stored = await store.get(id);
          if (stored?.data?.user === FAIL) throw new Error(FAIL);
          return stored;
        },
        set: (id, stored) => store.set(id, stored),
      };
      const router = createRouter(io, {
        session: sessionsOf(failing),
        onError: (error, _ctx, event) => log("reported", event, (error as Error).message),
      });
      router.route("set", async (ctx) => {
        ctx.session.user = ctx.args[0];
        return "set";
      });
    },
    async client(t) {
      const [alice, bob] = [await t.connect("alice"), await t.connect("bob")];
      await alice.ask("set", FAIL);
      await alice.emit("set", "better");
      t.expect.deepEqual(await t.serverLogged("reported"), ["set", FAIL]);
      t.expect.equal(await bob.ask("set", "Bob"), "set");
    },
  },
  {
    name: "without sessions, ctx.session says so",
    server(io) {
      createRouter(io).route("get", async (ctx) => {
        try {
          return ctx.session.id;
        } catch (error) {
          return (error as Error).message;
        }
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      t.expect.match(String(await alice.ask("get")), /there is no session/);
    },
  },
]);
