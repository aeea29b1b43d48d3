/** Servers whose clients are brought back one by one: what the tests do to them, by the names of clients. */
import { createServer, routeSocketIO, type Server, type Socket } from "dormouse-io";

// biome-ignore lint/suspicious/noExplicitAny: events of the test's own
type AnySocket = Socket<any, any, any, any>;
// biome-ignore lint/suspicious/noExplicitAny: as above
type AnyServer = Server<any, any, any, any>;
type Deed = (socket: AnySocket, ...args: never[]) => unknown;

/** Heard by every object of the isolate. */
const bus = new Set<(text: string) => void>();

/** How often attachments were written and read in the isolate. */
const attachments = { written: 0, read: 0 };
for (const [method, count] of [
  ["serializeAttachment", "written"],
  ["deserializeAttachment", "read"],
] as const) {
  const own = WebSocket.prototype[method] as (value?: unknown) => unknown;
  const value = function (this: WebSocket, ...args: [unknown?]): unknown {
    attachments[count] += 1;
    return own.apply(this, args);
  };
  Object.defineProperty(WebSocket.prototype, method, { value, configurable: true, writable: true });
}

/** What clients can have done. Those of the first group touch nobody else. */
const deedsOf = (io: AnyServer, before: Readonly<typeof attachments>): Record<string, Deed> => ({
  echo: (_socket, value: unknown) => value,
  attachments: () => [attachments.written - before.written, attachments.read - before.read],
  join: async (socket, room: string) => {
    await socket.join(room);
    return roomsOf(socket);
  },
  leave: async (socket, room: string) => {
    await socket.leave(room);
    return roomsOf(socket);
  },
  set: (socket, value: number) => {
    socket.data.value = value;
  },
  get: (socket) => socket.data,
  ask: (socket) => socket.timeout(10_000).emitWithAck("question"),
  own: (socket) => io.sockets.sockets.get(socket.id) === socket,

  say: (socket, room: string) => void socket.to(room).emit("said", socket.data.name, room),
  all: (socket) => void io.emit("all", socket.data.name),
  whisper: (socket, id: string) => void io.to(id).emit("whispered", socket.data.name),
  other: (_socket, id: string) => io.sockets.sockets.get(id)?.data.name,
  who: async () => (await io.fetchSockets()).map(({ data }) => data.name),
  present: () => [...io.sockets.sockets.values()].map(({ data }) => data.name),
  in: async (_socket, room: string) => {
    return (await io.in(room).fetchSockets()).map(({ data }) => data.name).sort();
  },
  rooms: () =>
    [...io.sockets.adapter.rooms.keys()].filter((room) => room.startsWith("room")).sort(),
  sids: () => io.sockets.adapter.sids.size,
  count: () => [io.engine.clientsCount, io.sockets.sockets.size],
  clients: () => Object.keys(io.engine.clients).length,
  sum: () => {
    const values = [...io.sockets.sockets.values()].map(({ data }) => data.value ?? 0);
    return values.reduce((sum, value) => sum + value, 0);
  },
  gather: async (_socket, room: string) => {
    return (await io.in(room).timeout(10_000).emitWithAck("question")).sort();
  },
  move: (_socket, from: string, to: string) => void io.in(from).socketsJoin(to),
  kick: (_socket, id: string) => void io.in(id).disconnectSockets(true),
  namespaces: () => [...io._nsps.keys()].sort(),
  team: (_socket, name: string) => void io.of(name).emit("team", name),
  stats: () => {
    const { naps, messages, requests, wakes, slept, startedAt, at } = io.stats();
    return { naps, messages, requests, wakes, isSane: slept >= 0 && slept <= at - startedAt };
  },
  bus: () => {
    for (const hear of bus) hear("from elsewhere");
  },
});

function setUp(io: AnyServer): void {
  const deeds = deedsOf(io, { ...attachments });
  bus.add((text) => io.emit("bus", text));
  const register = (socket: AnySocket): void => {
    socket.data.name = socket.handshake.auth.name;
    for (const [name, deed] of Object.entries(deeds)) {
      socket.on(name, async (...args: unknown[]) => {
        const ack = args.pop() as (result: unknown) => void;
        ack(await deed(socket, ...(args as never[])));
      });
    }
    socket.on("disconnecting", () => {
      const rooms = [...socket.rooms].filter((room) => room !== socket.id);
      for (const room of rooms) socket.to(room).emit("left", socket.data.name, roomsOf(socket));
    });
  };
  io.on("connection", register);
  io.of(/^\/team-\d$/).on("connection", register);
}

/** Those that have the names of ids left out: they differ from object to object. */
function roomsOf({ rooms }: AnySocket): string[] {
  return [...rooms].filter((room) => room.startsWith("room")).sort();
}

const OPTIONS = { cleanupEmptyChildNamespaces: true, pingInterval: 600_000 };

export class Sleepy extends createServer(OPTIONS, (io, { ctx }) => {
  setUp(io);
  io.on("connection", (socket) => {
    socket.on("wipe", async (ack) => {
      await ctx.storage.deleteAll();
      ack();
    });
    socket.on("alarm", async (ack) => {
      await ctx.storage.setAlarm(Date.now() + 3_600_000);
      ack();
    });
  });
}) {
  override alarm(): void {}
}

export class Recovering extends createServer({ ...OPTIONS, connectionStateRecovery: {} }, setUp) {}

/** Hears of rooms that begin and end. */
export class Watching extends createServer(OPTIONS, (io) => {
  setUp(io);
  const { adapter } = io.sockets;
  const tell = (what: string) => (room: string) => {
    if (room.startsWith("room")) io.emit("room", what, room);
  };
  adapter.on("create-room", tell("begins"));
  adapter.on("delete-room", tell("ends"));
}) {}

/** With heartbeats that come soon. */
export class Beating extends createServer({ ...OPTIONS, pingInterval: 700 }, setUp) {}

/** Where clients have to join a namespace soon. */
export class Hasty extends createServer({ ...OPTIONS, connectTimeout: 3_000 }, setUp) {}

const listings = new WeakMap<DurableObjectState, number>();

/** Counts how often it asked for the WebSockets of all its clients, since it woke. */
export class Listing extends createServer(OPTIONS, (io, { ctx }) => {
  setUp(io);
  io.on("connection", (socket) => socket.on("listings", (ack) => ack(listings.get(ctx) ?? 0)));
}) {
  constructor(ctx: DurableObjectState, env: Env) {
    const list = ctx.getWebSockets.bind(ctx);
    const getWebSockets = (tag?: string): WebSocket[] => {
      if (!tag?.includes(":")) listings.set(ctx, (listings.get(ctx) ?? 0) + 1);
      return list(tag);
    };
    super(Object.assign(ctx, { getWebSockets }), env);
  }
}

let made = 0;

/** Makes ids of its own, and gives a client that says so the id of another. */
export class Naming extends createServer(
  { ...OPTIONS, generateId: () => `connection-${made++}` },
  (io) => {
    io.use((socket, next) => {
      const [, taken] = /^as (.*)/.exec(socket.handshake.auth.name) ?? [];
      if (taken !== undefined) (socket as { id: string }).id = taken;
      next();
    });
    setUp(io);
  },
) {}

const CLASSES: Record<string, keyof Env> = {
  sleepy: "SLEEPY",
  recovering: "RECOVERING",
  watching: "WATCHING",
  beating: "BEATING",
  hasty: "HASTY",
  naming: "NAMING",
  listing: "LISTING",
};

type Env = Record<
  "SLEEPY" | "RECOVERING" | "WATCHING" | "BEATING" | "HASTY" | "NAMING" | "LISTING",
  DurableObjectNamespace
>;

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const [kind = "", name = ""] = (new URL(request.url).searchParams.get("room") ?? "").split(".");
    const binding = CLASSES[kind];
    if (binding === undefined) return new Response("not found", { status: 404 });
    const response = await routeSocketIO(request, env[binding], { name });
    return response ?? new Response("not found", { status: 404 });
  },
};
