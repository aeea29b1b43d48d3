import type { Server } from "dormouse-io";
import { bookOf } from "../support/book.worker.ts";
import { poisonAll } from "./cores.worker.ts";
import { noteEnds, watchedServer } from "./watched-server.worker.ts";

/** What there is of an object for who breaks it. */
interface Victim {
  ctx: DurableObjectState;
  io: Server;
  url: URL;
}

/** Writes another attachment to one of our WebSockets. Gives how many there are. */
function attach(
  { ctx, url }: Victim,
  change: (attachment: Record<string, unknown>) => unknown,
): number {
  const sockets = ctx.getWebSockets("dormouse");
  const socket = sockets[Number(url.searchParams.get("index"))];
  socket?.serializeAttachment(change(socket.deserializeAttachment()));
  return sockets.length;
}

/** What is broken, and how, by path. What it gives is the answer; nothing: 0. */
const DAMAGE: Record<string, (victim: Victim) => unknown> = {
  "/truncate": (victim) =>
    attach(victim, ({ core, ...rest }) => ({ ...rest, core: (core as string).slice(0, 9) })),
  "/newer": (victim) =>
    attach(victim, ({ core, ...rest }) => ({ ...rest, core: `\x63${(core as string).slice(1)}` })),
  "/newer-glue": (victim) =>
    attach(victim, (whole) => ({ ...whole, glue: (whole.glue as unknown[]).with(0, 99) })),
  "/older": (victim) =>
    attach(victim, (whole) => ({ ...whole, dormouse: 1, core: Uint8Array.of(1) })),
  "/forge": (victim) =>
    attach(victim, (whole) => ({ ...whole, glue: (whole.glue as unknown[]).with(1, 1) })),
  "/odd": (victim) =>
    attach(victim, (whole) => ({ ...whole, glue: [...(whole.glue as unknown[]), "/more"] })),
  "/garbage": (victim) => attach(victim, () => "not ours at all"),
  "/keys": ({ ctx }) => [...ctx.storage.kv.list()].map(([key]) => key),
  "/lose": ({ ctx }) => {
    const { kv } = ctx.storage;
    // Past all who watch.
    const { delete: remove } = Object.getPrototypeOf(kv) as SyncKvStorage;
    for (const [key] of [...kv.list()]) remove.call(kv, key);
  },
  "/wipe": ({ ctx }) => ctx.storage.deleteAll(),
  "/delete": ({ ctx }) => {
    const { kv } = ctx.storage;
    for (const [key] of [...kv.list()]) kv.delete(key);
  },
  "/delete-late": async ({ ctx }) => {
    await ctx.storage.delete([...(await ctx.storage.list()).keys()]);
  },
  "/delete-in-transaction": ({ ctx }) =>
    ctx.storage.transaction(async (txn) => {
      await txn.delete([...(await txn.list()).keys()]);
    }),
  "/fill-and-roll-back": ({ ctx, io }) =>
    ctx.storage.transaction(async (txn) => {
      const [socket] = io.sockets.sockets.values();
      if (socket !== undefined) socket.data.big = "y".repeat(60_000);
      await Promise.resolve();
      txn.rollback();
    }),
  "/litter": ({ ctx }) => {
    ctx.storage.kv.put("dormouse:snapshot:left behind", { glue: 1 });
    ctx.storage.kv.put("of the application", 1);
  },
  "/storage-fails": ({ ctx }) => {
    bookOf(ctx).isBroken = true;
  },
  "/trap": poisonAll,
  "/abort": ({ ctx }) => ctx.abort("a deploy"),
  // In the object's own time, and no event of a client's: what waits for shorter timers has happened.
  "/pause": () => new Promise((resolve) => setTimeout(resolve, 250)),
};

/** Lets tests break things. */
export class Broken extends watchedServer((io, note) => {
  // Nobody is ever let in there, nor refused.
  io.of(/^\/held/).use((_socket, _next) => note("held"));
  io.on("connection", (socket) => {
    socket.join("room");
    socket.on("echo", (value, ack) => ack(value));
    socket.on("fill", (size, ack) => {
      socket.data.big = "x".repeat(size);
      ack();
    });
    socket.on("two", (first, second) => note("two", first.byteLength, second.byteLength));
    socket.on("size", (ack) => ack(socket.data.big?.length ?? 0));
    socket.on("join", (room, ack) => {
      socket.join(room);
      ack();
    });
    socket.on("rooms", (ack) => ack(socket.rooms.size));
    socket.on("count", (ack) => ack(io.engine.clientsCount));
    socket.on("say", (text) => socket.to("room").emit("said", text));
    noteEnds(socket, note);
  });
}) {
  override async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const damage = DAMAGE[url.pathname];
    if (damage === undefined) return super.fetch(request);
    return Response.json((await damage({ ctx: this.ctx, io: this.io, url })) ?? 0);
  }
}
