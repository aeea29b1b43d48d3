/** An object that counts in `io.data` and calls itself back, and can be made to die. */
import {
  createServer,
  type DefaultEventsMap,
  routeSocketIO,
  type Server,
  type ServerOptions,
} from "dormouse-io";
import { type Kept as KeptOfWinners, playWinners } from "../../support/winners.worker.ts";

/** What it keeps. */
interface Kept extends KeptOfWinners {
  count?: number;
  deep?: unknown[];
  starts?: number;
  /** The last of those that are called in their order. */
  last?: number;
  messages?: Message[];
}

interface Message {
  text: string | null;
}

type Events = DefaultEventsMap;
type IO = Server<Events, Events, Events, unknown, Kept>;

const OPTIONS: ServerOptions = { pingInterval: 3_600_000, pingTimeout: 3_600_000 };

function setup(io: IO): void {
  // Nobody is there at a start; after a sleep all are.
  if (io.sockets.sockets.size === 0) io.data.starts = (io.data.starts ?? 0) + 1;
  io.schedule.on("ordered", (time) => {
    io.data.count = (io.data.count ?? 0) + 1;
    io.data.last = time >= (io.data.last ?? 0) ? time : Number.POSITIVE_INFINITY;
  });
  // The first time it is in the middle of something when the object dies.
  io.schedule.on("slow", async () => {
    const attempt = (io.data.count ?? 0) + 1;
    io.data.count = attempt;
    if (attempt === 1) await new Promise((resolve) => setTimeout(resolve, 60_000));
    io.data.called = [...(io.data.called ?? []), "slow"];
  });
  playWinners(io);
  io.on("connection", (socket) => {
    socket.on("deepen", (answer) => {
      io.data.deep ??= nested(300);
      answer();
    });
  });
}

/** So deep that it counts as changed with every look. */
function nested(depth: number): unknown[] {
  return depth === 0 ? [] : [nested(depth - 1)];
}

function makeCounter(options: ServerOptions) {
  return class extends createServer({ ...OPTIONS, ...options }, setup) {
    override async fetch(request: Request): Promise<Response> {
      const { searchParams, pathname } = new URL(request.url);
      if (!pathname.includes("/~")) return super.fetch(request);
      const { io } = this;
      switch (pathname.split("/~")[1]) {
        case "rows":
          return Response.json(io.stats().rowsWritten);
        case "count":
          io.data.count = (io.data.count ?? 0) + 1;
          break;
        case "say": {
          const message = { text: searchParams.get("text") };
          io.data.messages = [...(io.data.messages ?? []), message];
          io.of("/pinned").data.messages = [message];
          break;
        }
        case "edit": {
          const [pinned] = io.of("/pinned").data.messages ?? [];
          if (pinned !== undefined) pinned.text = searchParams.get("text");
          break;
        }
        case "said":
          return Response.json(io.data.messages?.map(({ text }: Message) => text));
        case "call":
          io.schedule.after(Number(searchParams.get("after")), searchParams.get("name") ?? "call", {
            args: [searchParams.get("what")],
          });
          break;
        case "many": {
          const count = Number(searchParams.get("count"));
          const start = Date.now() + 2_000;
          for (let i = 0; i < count; i++) {
            const time = Math.floor(((i * 7_919) % count) / 10);
            io.schedule.at(start + time, "ordered", { key: `${i}`, args: [time] });
          }
          break;
        }
        case "abort":
          this.ctx.abort();
      }
      const { count = 0, called = [], players = new Map(), last = -1, starts } = io.data as Kept;
      return Response.json({ count, called, players: [...players], last, starts });
    }
  };
}

const STRICT: ServerOptions = { data: { durability: "strict" } };

export class Counter extends makeCounter({}) {}
export class Strict extends makeCounter(STRICT) {}
export class Awake extends makeCounter({ ...STRICT, hibernate: false }) {}

export default {
  async fetch(request: Request, env: Record<string, DurableObjectNamespace>): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const name = searchParams.get("object") ?? "default";
    const objects = env[searchParams.get("class") ?? "COUNTER"] as DurableObjectNamespace;
    const answer = await routeSocketIO(request, objects as never, { name });
    return answer ?? objects.get(objects.idFromName(name)).fetch(request);
  },
};
