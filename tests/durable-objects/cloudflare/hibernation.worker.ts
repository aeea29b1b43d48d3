/** The objects of the hibernation tests. Each is a class; its binding is its name in capitals. */
import {
  createServer,
  type Namespace,
  type Server,
  type ServerOptions,
  type Socket,
} from "dormouse-io";
import { bookOf, pageOf, watched, watchHandlers } from "./support/book.worker.ts";

type Context = { ctx: DurableObjectState };
type Note = (...values: unknown[]) => void;
type Setup = (io: Server, note: Note, context: Context) => void | Promise<void>;

/** Long enough that no heartbeat falls into a test. */
const QUIET: ServerOptions = { pingInterval: 3_600_000, pingTimeout: 3_600_000 };

function watchedServer(setup: Setup, options: ServerOptions = {}) {
  // They are put to sleep by force, whatever that loses.
  const Base = createServer(
    { hibernate: "always", ...QUIET, ...options },
    (io: Server, context: Context) => {
      return setup(io, (...values) => void bookOf(context.ctx).notes.push(values), context);
    },
  );
  return class extends Base {
    constructor(ctx: DurableObjectState, env: unknown) {
      super(watched(ctx), env);
      watchHandlers(this, ctx);
    }
  };
}

interface Named {
  nickname?: string;
  greet?: () => string;
}

/** What a test may ask of a socket. */
function describe(socket: Socket) {
  const { id, data, handshake, restored } = socket;
  const { nickname, greet } = socket as Socket & Named;
  const { address, ...shake } = handshake;
  const rooms = [...socket.rooms].sort();
  return { id, data, rooms, restored, nickname, greeting: greet?.(), handshake: shake, address };
}

function noteEnds(socket: Socket, note: Note): void {
  for (const event of ["disconnecting", "disconnect"] as const) {
    socket.on(event, (reason: string) => {
      note(event, socket.id, reason, [...socket.rooms].sort(), { ...socket.data });
    });
  }
}

function everyday(io: Server, note: Note): void {
  io.use((socket, next) => {
    note("middleware");
    socket.data.middlewares = (socket.data.middlewares ?? 0) + 1;
    next();
  });
  io.on("connection", (socket: Socket & Named) => {
    note("connection", socket.restored);
    socket.data.connections = (socket.data.connections ?? 0) + 1;
    socket.data.nested = { list: [1] };
    if (!socket.restored) socket.nickname = `nick of ${socket.handshake.auth.name}`;
    socket.greet = () => `hello ${socket.nickname}`;
    socket.join("all");
    socket.leave("lobby");
    socket.emit("welcome");
    socket.broadcast.emit("newcomer", socket.id);
    io.emit("everyone", socket.id);
    const { nested } = socket.data;
    socket.on("describe", (ack) => ack(describe(socket)));
    socket.on("join", (room, ack) => ack(socket.join(room)));
    socket.on("leave", (room, ack) => ack(socket.leave(room)));
    socket.on("set", (key, value, ack) => {
      socket.data[key] = value;
      ack();
    });
    socket.on("push", (ack) => ack(nested.list.push(nested.list.length + 1)));
    socket.on("name", (name, ack) => {
      socket.nickname = name;
      ack();
    });
    socket.on("say", (room, text) => socket.to(room).emit("said", text));
    socket.on("picture", (picture, ack) => io.emit("picture", picture, () => {}) && ack(picture));
    socket.on("kick", async (id, close, ack) => {
      io.in(id).disconnectSockets(close);
      ack();
    });
    socket.on("crash", () => {
      throw new Error("a listener's fault");
    });
    socket.on("look", async (ack) => {
      const { adapter, sockets } = io.sockets;
      const sids = Object.fromEntries([...adapter.sids].map(([id, rooms]) => [id, [...rooms]]));
      const rooms = Object.fromEntries([...adapter.rooms].map(([room, ids]) => [room, [...ids]]));
      const fetched = (await io.fetchSockets()).map(({ id, data, rooms }) => {
        return { id, data, rooms: [...rooms] };
      });
      ack({ sockets: [...sockets.keys()], sids, rooms, fetched });
    });
    noteEnds(socket, note);
  });
}

export const Everyday = watchedServer(everyday);
export const Protocol3 = watchedServer(everyday, { allowEIO3: true });
export const Awake = watchedServer(everyday, { hibernate: false });

/** Connection listeners that take their time, and what they must not repeat. */
export const Slow = watchedServer((io, note) => {
  io.on("connection", async (socket) => {
    socket.on("early", (ack) => ack("early"));
    await new Promise((resolve) => setTimeout(resolve, 30));
    socket.emit("late welcome");
    io.emit("late newcomer");
    socket.join("late");
    socket.leave(socket.handshake.auth.leaves ?? "nothing");
    socket.data.loads = (socket.data.loads ?? 0) + 1;
    io.in(socket.id).socketsLeave("late room");
    io.local.disconnectSockets.length;
    if (socket.restored && socket.handshake.auth.disconnects) socket.disconnect(true);
    note("settled", socket.id);
    socket.on("late", (ack) => ack(describe(socket)));
    noteEnds(socket, note);
  });
});

/** What a listener may do to others, done by every way there is. */
export const Meddling = watchedServer((io) => {
  io.on("connection", async (socket) => {
    socket.on("get", (ack) => ack(socket.data));
    socket.on("big", (_text) => {});
    for (const other of io.sockets.sockets.values()) {
      other.data.seen = (other.data.seen ?? 0) + 1;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    if (!socket.restored) return;
    for (const other of io.sockets.sockets.values()) {
      other.data.seen += 1;
      other.data.late = true;
      if (other !== socket) other.conn.close();
      other.adapter.addAll(other.id, new Set(["room"]));
    }
    for (const other of await io.fetchSockets()) {
      if (other.id !== socket.id) other.disconnect(true);
    }
    io.disconnectSockets(true);
    socket.adapter.broadcast({ type: 2, data: ["repeated"] }, { rooms: new Set() });
  });
});

/** Sockets that others disconnect. */
export const Kicking = watchedServer((io, note) => {
  io.on("connection", async (socket) => {
    socket.on("get", (ack) => ack([socket.id, socket.data]));
    socket.on("set", (key, value, ack) => {
      socket.data[key] = value;
      ack();
    });
    noteEnds(socket, note);
    if (socket.restored) await new Promise((resolve) => setTimeout(resolve, 300));
  });
  io.of("/other").on("connection", (socket) => {
    socket.on("kick", (id) => io.in(id).disconnectSockets());
    socket.on("echo", (value, ack) => ack(value));
  });
});

/** A listener that never settles, in a namespace of its own; and one that fails. */
export const Stuck = watchedServer((io, note) => {
  const news = new EventTarget();
  io.of("/loop").on("connection", async (socket) => {
    socket.on("heard", (ack) => ack([...socket.rooms].length));
    socket.on("publish", (ack) => {
      news.dispatchEvent(new Event("news"));
      ack();
    });
    for (;;) {
      await new Promise((resolve) => news.addEventListener("news", resolve, { once: true }));
      socket.emit("news");
      socket.join("news");
    }
  });
  io.on("connection", (socket) => {
    socket.on("ping", (ack) => ack("pong"));
  });
  io.of("/stuck").on("connection", (socket) => {
    socket.on("registered", (ack) => ack("in time"));
    if (socket.restored) return new Promise(() => {}) as unknown as undefined;
    return undefined;
  });
  io.of("/other").on("connection", (socket) => {
    socket.on("registered", (ack) => ack("again"));
  });
  io.of("/throws").on("connection", (socket) => {
    socket.on("before", (ack) => ack("registered before"));
    if (socket.restored) throw new Error("thrown in replay");
    socket.on("after", (ack) => ack("registered after"));
    noteEnds(socket, note);
  });
  io.of("/asks").on("connection", async (socket) => {
    const name = await socket.timeout(2_000).emitWithAck("your name?");
    note("name", name);
    socket.on("name", (ack) => ack(name));
  });
});

/** Namespaces that are made when clients ask for them. */
export const Dynamic = watchedServer((io, note) => {
  const register = (kind: string) => (socket: Socket) => {
    socket.join("room");
    socket.on("kind", (ack) => ack(kind));
    noteEnds(socket, note);
  };
  io.of((_name, _auth, next) => next(null, false)).on("connection", register("nobody"));
  io.of(/^\/regex-\d+$/).on("connection", register("regex"));
  const parent = io.of((name, auth, next) => {
    note("asked", name);
    setTimeout(() => next(null, name.startsWith("/function-") && auth.token === "t"), 1);
  });
  parent.on("connection", register("function"));
  io.on("connection", (socket) => {
    socket.on("announce", (text) => parent.emit("announced", text));
    socket.on("announce to", (name, text) => io.of(name).to("room").emit("announced", text));
  });
});

/** Middlewares that set something on the socket once they have let others go on. */
function markLate(nsp: Namespace): void {
  type Marked = Socket & { admittedBy?: string; seenBy?: string };
  const later = () => new Promise((resolve) => setTimeout(resolve, 20));
  nsp.use(async (socket: Marked, next) => {
    next();
    await later();
    socket.admittedBy = "io.use";
  });
  nsp.on("connection", (socket: Marked) => {
    socket.use(async (_event, next) => {
      next();
      await later();
      socket.seenBy = "socket.use";
    });
    socket.on("marks", (ack) => ack([socket.admittedBy ?? null, socket.seenBy ?? null]));
  });
}

/** Changes of data of every kind. */
export const Data = watchedServer((io) => {
  markLate(io.of("/marks"));
  io.on("connection", (socket: Socket & { tool?: unknown }) => {
    const attempt = (run: () => void): string | undefined => {
      try {
        run();
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    };
    socket.on("get", (ack) => ack(socket.data));
    socket.on("set function", (ack) => {
      socket.data.callback = () => {};
      socket.data.kept = 1;
      ack();
    });
    socket.on("replace", (ack) => ack(attempt(() => (socket.data = { ok: 1, bad: () => {} }))));
    socket.on("set deep", (ack) => {
      socket.data.deep = { kept: 1 };
      socket.data.deep.callback = () => {};
      ack();
    });
    socket.on("later", async (ack) => {
      socket.data.user ??= { visits: 0 };
      const { user } = socket.data;
      await new Promise((resolve) => setTimeout(resolve, 20));
      user.visits += 1;
      ack(user);
    });
    socket.on("fill", (size, ack) => {
      socket.data.big = "x".repeat(size);
      ack();
    });
    socket.on("clear", (ack) => {
      delete socket.data.big;
      ack();
    });
    socket.on("join many", (count, ack) => {
      for (let i = 0; i < count; i++) socket.join(`a room with a long name, number ${i}`);
      ack();
    });
    socket.on("join", (room, ack) => ack(socket.join(room)));
    socket.on("rooms", (ack) => ack(socket.rooms.size));
    socket.on("tool", (ack) => {
      socket.tool = { use() {} };
      ack();
    });
    socket.on("clone", (ack) => ack(structuredClone({ ...socket.data })));
  });
});

/** State that other code than the socket's own listeners gets hold of. */
export class State extends watchedServer((io) => {
  class Account {
    readonly owner = "alice";
  }
  io.on("connection", (socket) => {
    if (!socket.restored) socket.data.name = socket.handshake.auth.name;
    socket.on("set", (key, value, ack) => {
      socket.data[key] = value;
      ack();
    });
    socket.on("set json", (key, text, ack) => {
      socket.data[key] = JSON.parse(text);
      ack();
    });
    socket.on("get", (ack) => ack(socket.data));
    socket.on("name", (ack) => ack(socket.data.name));
    socket.on("echo", (value, ack) => ack(value));
    socket.on("fill", (size, ack) => {
      socket.data.state = { text: "x".repeat(size), list: [1] };
      ack();
    });
    socket.on("look", (ack) => ack(socket.data.state.list.length));
    // Timers: the object taken before or anew, and something sent behind the change or nothing.
    socket.on("change later", (how, ack) => {
      const { data } = socket;
      setTimeout(() => {
        if (how === "anew") socket.data.late = how;
        else data.late = how;
        if (how === "answer") ack();
      }, 10);
    });
    socket.on("wait for ever", () => new Promise(() => {}) as unknown as undefined);
    socket.on("open account", (ack) => {
      socket.data.account = new Account();
      ack(socket.data.account instanceof Account);
    });
    socket.on("picture", (ack) => {
      const bytes = (globalThis as { Buffer?: { from(text: string): Uint8Array } }).Buffer;
      socket.data.pictures = new Map([["first", [bytes?.from("a picture")]]]);
      ack();
    });
    socket.on("show", (ack) => ack(String(socket.data.pictures.get("first")[0])));
  });
}) {
  all(): unknown {
    return [...this.io.sockets.sockets.values()].map(({ data }) => data);
  }

  async store(): Promise<unknown> {
    const [socket] = this.io.sockets.sockets.values();
    await this.ctx.storage.put("data", socket?.data);
    this.ctx.storage.kv.put("data too", structuredClone(socket?.data));
    return [await this.ctx.storage.get("data"), this.ctx.storage.kv.get("data too")];
  }

  async learn(): Promise<void> {
    const [socket] = this.io.sockets.sockets.values();
    if (socket !== undefined) {
      socket.data.learnt = await new Promise((resolve) => setTimeout(() => resolve("much"), 20));
    }
  }
}

/** Whose sockets get what they have from each other, and have no `data`. */
export const Marking = watchedServer((io) => {
  const holdersOf = (socket: Socket) => {
    return [socket, socket.request, socket.conn, socket.handshake] as { mark?: string }[];
  };
  io.on("connection", (socket) => {
    socket.on("mark others", (ack) => {
      for (const other of io.sockets.sockets.values()) {
        if (other !== socket) for (const holder of holdersOf(other)) holder.mark = "marked";
      }
      ack();
    });
    socket.on("marks", (ack) => ack(holdersOf(socket).map(({ mark }) => mark)));
  });
});

/** Acknowledgements that the server waits for. */
export const Asking = watchedServer(
  (io, note) => {
    io.on("connection", (socket) => {
      socket.on("ask", () => socket.emit("question", (answer: unknown) => note("answer", answer)));
      socket.on("ask in time", () => {
        socket.timeout(1_000).emit("question", (error: Error, answer: unknown) => {
          note("answer in time", error?.message ?? null, answer);
        });
      });
      socket.on("ask everyone", async () => {
        note("answers", await io.timeout(1_000).emitWithAck("question"));
      });
      socket.on("promise", async () => note("promised", await socket.emitWithAck("question")));
    });
  },
  { ackKeepAlive: 500 },
);

export const Short = watchedServer(
  (io, note) => {
    io.on("connection", (socket) => {
      socket.join("room");
      socket.on("echo", (value, ack) => ack(value));
      noteEnds(socket, note);
    });
  },
  { pingInterval: 1_000, pingTimeout: 3_000, allowEIO3: true },
);

/** Defaults, as users have them. */
export const Default = watchedServer(
  (io, note) => {
    io.on("connection", (socket) => {
      socket.on("ask", () => socket.emit("question", (answer: unknown) => note("answer", answer)));
      socket.on("echo", (value, ack) => ack(value));
      noteEnds(socket, note);
    });
  },
  { pingInterval: 25_000, pingTimeout: 20_000, allowEIO3: true },
);

/** A subclass with a life of its own: alarms and WebSockets. */
export class Mixed extends watchedServer(
  (io) => {
    io.on("connection", (socket) => {
      socket.on("echo", (value, ack) => ack(value));
    });
  },
  { pingInterval: 1_000, pingTimeout: 1_000 },
) {
  override async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const { storage } = this.ctx;
    switch (url.pathname) {
      case "/own": {
        const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket];
        this.ctx.acceptWebSocket(server, ["own"]);
        return new Response(null, { status: 101, webSocket: client });
      }
      case "/auto-response/set":
        this.ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
        return this.#autoResponse();
      case "/auto-response/unset":
        this.ctx.setWebSocketAutoResponse();
        return this.#autoResponse();
      case "/auto-response/get":
        return this.#autoResponse();
      case "/alarm/set":
        await storage.setAlarm(Date.now() + Number(url.searchParams.get("in")));
        return Response.json(await storage.getAlarm());
      case "/alarm/get":
        return Response.json(await storage.getAlarm());
      case "/alarm/twice":
        await this.alarm();
        await this.alarm();
        return Response.json(0);
      case "/storage-fails":
        bookOf(this.ctx).isBroken = true;
        return Response.json(0);
      case "/alarm/delete":
        await storage.deleteAlarm();
        return Response.json(await storage.getAlarm());
    }
    return super.fetch(request);
  }

  #autoResponse(): Response {
    const pair = this.ctx.getWebSocketAutoResponse();
    return Response.json(pair && [pair.request, pair.response]);
  }

  override webSocketMessage(webSocket: WebSocket, message: string | ArrayBuffer): void {
    bookOf(this.ctx).notes.push(["own message", message]);
    webSocket.send(`own ${message}`);
  }

  override webSocketClose(webSocket: WebSocket, code: number, reason: string): void {
    bookOf(this.ctx).notes.push(["own close", code, reason]);
    webSocket.close(code, reason);
  }

  override async alarm(): Promise<void> {
    const { notes } = bookOf(this.ctx);
    notes.push(["own alarm", await this.ctx.storage.getAlarm()]);
    const fails = notes.filter(([what]) => what === "own alarm").length === 1;
    if (fails && this.ctx.id.name?.includes("fails")) throw new Error("the alarm's fault");
  }
}

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
    const attach = (change: (attachment: Record<string, unknown>) => unknown): Response => {
      const sockets = this.ctx.getWebSockets("dormouse");
      const socket = sockets[Number(url.searchParams.get("index"))];
      socket?.serializeAttachment(change(socket.deserializeAttachment()));
      return Response.json(sockets.length);
    };
    const { kv } = this.ctx.storage;
    switch (url.pathname) {
      case "/truncate":
        return attach(({ core, ...rest }) => ({ ...rest, core: (core as string).slice(0, 9) }));
      case "/newer":
        return attach(({ core, ...rest }) => {
          return { ...rest, core: `\x63${(core as string).slice(1)}` };
        });
      case "/newer-glue":
        return attach((whole) => ({ ...whole, glue: (whole.glue as unknown[]).with(0, 99) }));
      case "/older":
        return attach((whole) => ({ ...whole, dormouse: 1, core: Uint8Array.of(1) }));
      case "/forge":
        return attach((whole) => ({ ...whole, glue: (whole.glue as unknown[]).with(1, 1) }));
      case "/odd":
        return attach((whole) => ({ ...whole, glue: [...(whole.glue as unknown[]), "/more"] }));
      case "/garbage":
        return attach(() => "not ours at all");
      case "/keys":
        return Response.json([...kv.list()].map(([key]) => key));
      case "/lose": {
        // Past all who watch.
        const { delete: remove } = Object.getPrototypeOf(kv) as SyncKvStorage;
        for (const [key] of [...kv.list()]) remove.call(kv, key);
        return Response.json(0);
      }
      case "/wipe":
        await this.ctx.storage.deleteAll();
        return Response.json(0);
      case "/delete":
        for (const [key] of [...kv.list()]) kv.delete(key);
        return Response.json(0);
      case "/delete-late":
        await this.ctx.storage.delete([...(await this.ctx.storage.list()).keys()]);
        return Response.json(0);
      case "/delete-in-transaction":
        await this.ctx.storage.transaction(async (txn) => {
          await txn.delete([...(await txn.list()).keys()]);
        });
        return Response.json(0);
      case "/fill-and-roll-back": {
        const fill = (): void => {
          const [socket] = this.io.sockets.sockets.values();
          if (socket !== undefined) socket.data.big = "y".repeat(60_000);
        };
        await this.ctx.storage.transaction(async (txn) => {
          fill();
          await Promise.resolve();
          txn.rollback();
        });
        return Response.json(0);
      }
      case "/litter":
        kv.put("dormouse:snapshot:left behind", { glue: 1 });
        kv.put("of the application", 1);
        return Response.json(0);
      case "/storage-fails":
        bookOf(this.ctx).isBroken = true;
        return Response.json(0);
      case "/trap":
        for (const instance of instances) poison(instance);
        return Response.json(instances.length);
      case "/abort":
        this.ctx.abort("a deploy");
    }
    return super.fetch(request);
  }
}

/** The cores of this isolate, for `/trap`. */
const instances: WebAssembly.Instance[] = [];
const { Instance } = WebAssembly;
WebAssembly.Instance = new Proxy(Instance, {
  construct(target, args) {
    const instance = Reflect.construct(target, args) as WebAssembly.Instance;
    instances.push(instance);
    return instance;
  },
});

/** Overwrites a core's memory, so that it soon follows a pointer to nowhere. */
function poison(instance: WebAssembly.Instance): void {
  const memory = instance.exports.memory as WebAssembly.Memory;
  new Uint8Array(memory.buffer).fill(0xff);
}

type Callable = Record<string, () => Promise<unknown>>;

/**
 * `/<binding>/<object>/…` leads to the object; `/<binding>/<object>/~book` to its notes,
 * `/<binding>/<object>/~call/<method>` calls one of its methods.
 */
export default {
  async fetch(request: Request, env: Record<string, DurableObjectNamespace>): Promise<Response> {
    const url = new URL(request.url);
    const [, binding = "", name = "", ...rest] = url.pathname.split("/");
    if (rest[0] === "~book") return Response.json(pageOf(name));
    if (rest[0] === "~call") {
      const stub = env[binding]?.get(env[binding].idFromName(name)) as unknown as Callable;
      return Response.json((await stub[rest[1] ?? ""]?.()) ?? null);
    }
    url.pathname = `/${rest.join("/")}`;
    const namespace = env[binding];
    if (namespace === undefined) return new Response("no such class", { status: 404 });
    return namespace.get(namespace.idFromName(name)).fetch(new Request(url, request));
  },
};
