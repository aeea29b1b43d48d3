/** The servers that clients poll, the same on every host and for `socket.io`: this is bundled into Workers, too. */
import type { Server, ServerOptions, Socket } from "socket.io";

export const SERVER_NAMES = [
  "usual",
  "alone",
  "staying",
  "small",
  "corsing",
  "strict",
  "marked",
  "hasty",
  "beating",
  "brief",
  "older",
  "edited",
  "bounded",
  "racing",
] as const;

export type ServerName = (typeof SERVER_NAMES)[number];

/** The options of each, transports apart. */
export const OPTIONS: Record<ServerName, Partial<ServerOptions>> = {
  usual: {},
  alone: {},
  staying: { allowUpgrades: false },
  small: { maxHttpBufferSize: 100 },
  corsing: { cors: { origin: "https://a.example", credentials: true } },
  strict: {
    allowRequest: ({ url = "" }, callback) => {
      const reason = new URL(url, "http://a").searchParams.get("refuse");
      callback(reason, reason === null);
    },
  },
  marked: {
    cookie: { name: "mark", domain: "a.example", maxAge: 60, secure: true, sameSite: "strict" },
  },
  // Far enough apart for a host whose timers come late.
  hasty: { pingInterval: 1_200, pingTimeout: 1_800 },
  beating: { pingInterval: 300, pingTimeout: 20_000 },
  brief: { upgradeTimeout: 1_000 },
  older: { allowEIO3: true },
  edited: {},
  // An option that upstream does not have.
  bounded: { maxBufferedAmount: 200_000 } as Partial<ServerOptions>,
  racing: {},
};

/** The names of the transports that a server has. */
export function transportsOf(server: ServerName): ("polling" | "websocket")[] {
  return server === "alone" ? ["polling"] : ["polling", "websocket"];
}

/** Rooms of one process, by name: what their servers have been told, oldest first. */
const told = new Map<string, unknown[][]>();

/** The `setup` of every server. `tag`: of the room. */
export function setup(io: Server, tag: string): void {
  const log = told.get(tag) ?? [];
  told.set(tag, log);
  io.engine.on("connection_error", ({ code, context }) => {
    const { name, sid, ...rest } = context as Record<string, unknown>;
    log.push(["refused", code, name, sid === undefined ? undefined : "<sid>", rest]);
  });
  if (tag.startsWith("edited")) {
    io.engine.on("initial_headers", (headers: Record<string, string>) => {
      headers["x-initial"] = "1";
    });
    io.engine.on("headers", (headers: Record<string, string>) => {
      headers["x-all"] = "1";
      headers["cache-control"] = "private";
    });
  }
  io.on("connection", (socket) => {
    const { conn } = socket;
    socket.on("told", (answer) => answer(log));
    if (socket.handshake.auth.visits) return;
    log.push(["connection", conn.transport.name, conn.protocol]);
    conn.on("upgrading", ({ name }) => log.push(["upgrading", name, conn.upgrading]));
    conn.on("upgrade", ({ name }) => {
      log.push(["upgrade", name, conn.upgraded, conn.transport.name]);
    });
    socket.on("echo", (...args) => void socket.emit("echo", ...args));
    socket.on("ask", (...args) => args.pop()(...args));
    socket.on("many", (count: number, text: string) => {
      for (let number = 0; number < count; number++) socket.emit("one", number, text);
    });
    socket.on("race", () => void race(socket));
    let next = 0;
    socket.on("up", (number: number, data: string | Uint8Array, size: number) => {
      const isWhole = sizeOf(data) === size;
      if (number !== next++ || !isWhole) log.push(["out of order", number, next - 1, isWhole]);
    });
    socket.on("all", (...args) => void io.emit("all", ...args));
    socket.on("end", (...args) => {
      socket.emit("last", ...args);
      socket.disconnect(true);
    });
    socket.on("disconnect", (reason, description) => {
      const cause = (description as Error | undefined)?.message;
      log.push(["disconnect", reason, ...(reason === "transport error" ? [cause] : [])]);
    });
  });
}

/** Sizes of what goes both ways while clients upgrade. */
export const SIZES = [0, 1, 100, 3_000, 5, 90_000, 20];

/** Text and binary data in turn. */
export function dataFor(number: number): string | Uint8Array {
  const size = SIZES[number % SIZES.length] as number;
  // With empty binary data stock clients do not know any more how much they put into a POST.
  return number % 3 === 0 ? new Uint8Array(size || 1).fill(number) : "é".repeat(size);
}

export function sizeOf(data: string | Uint8Array): number {
  return typeof data === "string" ? data.length : data.byteLength;
}

/** Sends numbered events, several at once, and a while between them, until the client has enough. */
async function race(socket: Socket): Promise<void> {
  let isOver = false;
  socket.on("enough", () => {
    isOver = true;
  });
  let number = 0;
  for (let round = 0; !isOver && socket.connected; round++) {
    for (let many = 0; many <= round % 3; many++) {
      const data = dataFor(number);
      socket.emit("down", number, data, sizeOf(data));
      number += 1;
    }
    await new Promise((resolve) => setTimeout(resolve, 2 + (round % 4)));
  }
  socket.emit("end of race", number);
}
