/** What applications keep on sockets, and change by every way there is. */
import type { Namespace, Socket } from "dormouse-io";
import { watchedServer } from "./watched-server.worker.ts";

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
export class State extends watchedServer((io, note) => {
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
        note("changed");
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
