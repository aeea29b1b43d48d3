/**
 * Objects whose alarm does what an application's may do, by the name of the object: plain ones, and the
 * same as Socket.IO servers. Each tells when it rang, and how often it wrote.
 */
import { DurableObject } from "cloudflare:workers";
import { createServer as createObject } from "dormouse-io";
import { createServer as createParty } from "dormouse-io/partyserver";
import { Server as PartyServer } from "partyserver";
import type { AlarmBook } from "./alarm-book.ts";

const books = new Map<string, AlarmBook>();

function bookOf(name: string): AlarmBook {
  const book = books.get(name) ?? { rings: [], events: 0, writes: 0 };
  books.set(name, book);
  return book;
}

/** Counts what is written from now on. */
function counted(ctx: DurableObjectState, kind: string): DurableObjectState {
  const book = bookOf(`${kind}/${ctx.id.name}`);
  const { storage } = ctx;
  count(book, storage, ["put", "delete", "setAlarm", "deleteAlarm"]);
  count(book, storage.kv, ["put", "delete"]);
  return ctx;
}

function count(book: AlarmBook, target: object, names: string[]): void {
  for (const name of names) {
    const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
    const value = (...args: unknown[]): unknown => {
      book.writes += 1;
      return method.apply(target, args);
    };
    Object.defineProperty(target, name, { value, configurable: true, writable: true });
  }
}

/** Counts the platform's alarms. To be called once the object is made. */
function countEvents(object: object, kind: string, name: string | undefined): void {
  const alarm = Reflect.get(object, "alarm") as (...args: unknown[]) => unknown;
  const value = (...args: unknown[]): unknown => {
    bookOf(`${kind}/${name}`).events += 1;
    return alarm.apply(object, args);
  };
  Object.defineProperty(object, "alarm", { value, configurable: true, writable: true });
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** How long alarms are watched, in milliseconds. */
const WATCHED = 8_500;

/** What alarms do. `count`: how often it has rung. */
const ALARMS: Record<
  string,
  (storage: DurableObjectStorage, count: number, info?: AlarmInvocationInfo) => unknown
> = {
  once: () => {},
  again: (storage) => storage.setAlarm(Date.now() + 200),
  "in a transaction": (storage) => {
    return storage.transaction(async (txn) => {
      await txn.setAlarm(Date.now() + 200);
      if ((await txn.getAlarm()) === null) throw new Error("a transaction sees what it has set");
    });
  },
  "with the storage, in a transaction": (storage) => {
    return storage.transaction(() => storage.setAlarm(Date.now() + 200));
  },
  "rolled back": async (storage) => {
    await storage.setAlarm(Date.now() + 300);
    await storage.transaction(async (txn) => {
      await txn.setAlarm(Date.now() + 50);
      txn.rollback();
    });
    await storage
      .transaction(async (txn) => {
        await txn.deleteAlarm();
        throw new Error("no");
      })
      .catch(() => {});
    try {
      storage.transactionSync(() => {
        storage.deleteAlarm();
        throw new Error("no");
      });
    } catch {}
  },
  "at once": (storage, count) => (count < 20 ? storage.setAlarm(Date.now()) : undefined),
  "in the past": (storage, count) => (count < 20 ? storage.setAlarm(Date.now() - 5000) : undefined),
  "for its own time": (storage, count, info) => {
    return count < 20 ? storage.setAlarm(info?.scheduledTime ?? Date.now()) : undefined;
  },
  slowly: async (storage, count) => {
    if (count < 3) await storage.setAlarm(Date.now() + 100);
    await pause(2_500);
  },
  failing: () => {
    throw new Error("the alarm's fault");
  },
  "failing after it has set another": async (storage, count) => {
    if (count < 4) await storage.setAlarm(Date.now() + 300);
    throw new Error("the alarm's fault");
  },
  "failing after it has deleted": async (storage) => {
    await storage.setAlarm(Date.now() + 300);
    await storage.deleteAlarm();
    throw new Error("the alarm's fault");
  },
  "wiping everything": async (storage) => {
    await storage.deleteAll();
    await storage.setAlarm(Date.now() + 300);
  },
};

/** What an object does with its alarms, and when it is asked. */
async function ring(ctx: DurableObjectState, kind: string, info?: AlarmInvocationInfo) {
  const book = bookOf(`${kind}/${ctx.id.name}`);
  const { rings } = book;
  const { retryCount } = info ?? {};
  const at = Date.now();
  // Whoever is not watched any more must not disturb those that are.
  if (at - (rings[0]?.at ?? at) > WATCHED) {
    book.events -= 1;
    return;
  }
  rings.push({ at, retryCount, alarm: await ctx.storage.getAlarm() });
  const [what = ""] = decodeURIComponent(ctx.id.name ?? "").split("#");
  await ALARMS[what]?.(ctx.storage, rings.length, info);
}

async function answer(ctx: DurableObjectState, request: Request): Promise<Response> {
  const url = new URL(request.url);
  const { storage } = ctx;
  const time = Date.now() + Number(url.searchParams.get("in"));
  if (url.pathname.endsWith("/set")) await storage.setAlarm(time);
  if (url.pathname.endsWith("/delete")) await storage.deleteAlarm();
  if (url.pathname.endsWith("/wipe")) await storage.deleteAll();
  return Response.json(await storage.getAlarm());
}

const OPTIONS = { pingInterval: 1_000, pingTimeout: 20_000 };

export class Plain extends DurableObject {
  constructor(ctx: DurableObjectState, env: object) {
    super(counted(ctx, "Plain"), env);
    countEvents(this, "Plain", ctx.id.name);
  }
  override fetch(request: Request) {
    return answer(this.ctx, request);
  }
  override alarm(info?: AlarmInvocationInfo) {
    return ring(this.ctx, "Plain", info);
  }
}

export class Ours extends createObject(OPTIONS, () => {}) {
  constructor(ctx: DurableObjectState, env: object) {
    super(counted(ctx, "Ours"), env);
    countEvents(this, "Ours", ctx.id.name);
  }
  override async fetch(request: Request) {
    const isOurs = new URL(request.url).pathname.startsWith("/socket.io/");
    return isOurs ? super.fetch(request) : answer(this.ctx, request);
  }
  override alarm(info?: AlarmInvocationInfo) {
    return ring(this.ctx, "Ours", info);
  }
}

/** Tells clients how often was written before they connected, and before the next timer. */
function tellWrites(kind: string, isStrict: boolean) {
  return createObject(
    { ...OPTIONS, pingInterval: 2_000, data: { durability: isStrict ? "strict" : "batched" } },
    (io, { name }) => {
      io.on("connection", (socket) => {
        const { writes } = bookOf(`${kind}/${name}`);
        if (isStrict) io.data.visits = 1;
        setTimeout(() => socket.emit("writes", writes, bookOf(`${kind}/${name}`).writes));
      });
    },
  );
}

export class Young extends tellWrites("Young", false) {
  constructor(ctx: DurableObjectState, env: object) {
    super(counted(ctx, "Young"), env);
  }
}

export class YoungStrict extends tellWrites("YoungStrict", true) {
  constructor(ctx: DurableObjectState, env: object) {
    super(counted(ctx, "YoungStrict"), env);
  }
}

/** Without an alarm of its own. */
export class Silent extends createObject(OPTIONS, () => {}) {
  override async fetch(request: Request) {
    const isOurs = new URL(request.url).pathname.startsWith("/socket.io/");
    return isOurs ? super.fetch(request) : answer(this.ctx, request);
  }
}

export class PlainParty extends PartyServer<object> {
  constructor(ctx: DurableObjectState, env: object) {
    super(counted(ctx, "PlainParty"), env);
    countEvents(this, "PlainParty", ctx.id.name);
  }
  override onRequest(request: Request) {
    return answer(this.ctx, request);
  }
  override onAlarm() {
    return ring(this.ctx, "PlainParty");
  }
}

export class OurParty extends createParty(OPTIONS, () => {}) {
  constructor(ctx: DurableObjectState, env: object) {
    super(counted(ctx, "OurParty"), env);
    countEvents(this, "OurParty", ctx.id.name);
  }
  override onRequest(request: Request) {
    return answer(this.ctx, request);
  }
  override onAlarm() {
    return ring(this.ctx, "OurParty");
  }
}

/** `/<class>/<object>/…` leads to the object; `/<class>/<object>/~book` to what it told. */
export default {
  async fetch(request: Request, env: Record<string, DurableObjectNamespace>): Promise<Response> {
    const url = new URL(request.url);
    const [, kind = "", name = "", ...rest] = url.pathname.split("/");
    if (rest[0] === "~book") return Response.json(bookOf(`${kind}/${name}`));
    url.pathname = `/${rest.join("/")}`;
    const namespace = env[kind];
    if (namespace === undefined) return new Response("no such class", { status: 404 });
    try {
      return await namespace.get(namespace.idFromName(name)).fetch(new Request(url, request));
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  },
};
