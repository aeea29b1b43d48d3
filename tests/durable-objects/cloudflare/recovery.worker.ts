/** Rooms whose clients recover their sessions, and which can be made to die. */
import {
  createServer,
  type DefaultEventsMap,
  routeSocketIO,
  type Server,
  type ServerOptions,
} from "dormouse-io";

type Events = DefaultEventsMap;
type IO = Server<Events, Events, Events, { name?: string }, { told?: unknown[] }>;

const HOUR = 3_600_000;
/** What the keys of the journal begin with. */
const JOURNAL = "dormouse:recovery:";
const OPTIONS: ServerOptions = { pingInterval: HOUR, pingTimeout: HOUR };

function makeRoom(options: ServerOptions) {
  return class extends createServer({ ...OPTIONS, ...options }, (io: IO) => {
    io.of("/").adapter.on("expire-session", (id, rooms, data) => {
      io.data.told = [...(io.data.told ?? []), { id, rooms: [...rooms].sort(), data }];
    });
    io.on("connection", (socket) => {
      if (!socket.recovered) socket.join(socket.handshake.auth.rooms ?? []);
      socket.on("name", (name, done) => {
        socket.data.name = name;
        done();
      });
      socket.on("who", (done) => done([...socket.rooms].sort(), socket.data));
    });
  }) {
    override async fetch(request: Request): Promise<Response> {
      const { searchParams, pathname } = new URL(request.url);
      if (!pathname.includes("/~")) return super.fetch(request);
      const { io } = this;
      switch (pathname.split("/~")[1]) {
        case "emit": {
          const [first = 0, last = first] = (searchParams.get("numbers") ?? "")
            .split("-")
            .map(Number);
          const room = searchParams.get("room");
          for (let number = first; number <= last; number++) {
            (room ? io.to(room) : io).emit("number", number, new Uint8Array([number]));
          }
          break;
        }
        case "join":
          io.socketsJoin(searchParams.get("room") ?? "");
          break;
        case "leave":
          io.socketsLeave(searchParams.get("room") ?? "");
          break;
        case "abort":
          this.ctx.abort();
          break;
        // In the object's own time: what it has put off for less is written, and goes before the answer.
        case "pause":
          await new Promise((resolve) => setTimeout(resolve, 300));
          break;
        case "alarms":
          return Response.json([io.stats().alarms]);
        case "age":
          // As another version would have left it, and something that it kept and nobody knows.
          this.ctx.storage.kv.put(`${JOURNAL}head`, { version: 1, epoch: "abcdef" });
          this.ctx.storage.kv.put(`${JOURNAL}x`, "of another version");
          break;
        case "rows":
          return Response.json(
            Array.from(this.ctx.storage.kv.list({ prefix: JOURNAL }), ([key]) => key),
          );
      }
      return Response.json(io.data.told ?? []);
    }
  };
}

export class Room extends makeRoom({ connectionStateRecovery: {} }) {}
export class Strict extends makeRoom({ connectionStateRecovery: { durability: "strict" } }) {}
/** For clients that may be away for as long as a test takes. */
export class Patient extends makeRoom({
  connectionStateRecovery: { maxDisconnectionDuration: HOUR },
}) {}
export class StrictPatient extends makeRoom({
  connectionStateRecovery: { maxDisconnectionDuration: HOUR, durability: "strict" },
}) {}
export class Brief extends makeRoom({
  connectionStateRecovery: { maxDisconnectionDuration: 500 },
  pingInterval: 500,
  pingTimeout: 5_000,
}) {}

/** Whose heartbeats are counted, and how often it rings beside: a session is lost, and expires, well before the first. */
const IDLE = { pingInterval: 2_500 };
export class Idle extends makeRoom(IDLE) {}
export class IdleRecovering extends makeRoom({
  ...IDLE,
  connectionStateRecovery: { maxDisconnectionDuration: 700 },
}) {}

export default {
  async fetch(request: Request, env: Record<string, DurableObjectNamespace>): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const object = searchParams.get("object") ?? "room";
    const room = env[searchParams.get("class") ?? "ROOM"] as DurableObjectNamespace;
    const answer = await routeSocketIO(request, room as never, { name: object });
    return answer ?? room.get(room.idFromName(object)).fetch(request);
  },
};
