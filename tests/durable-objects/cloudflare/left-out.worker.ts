/** A Worker that uses one thing after the other, of parts that may have been left out of its bundle. */
import {
  createServer,
  type Server as IO,
  routeSocketIO,
  type ServerOptions,
  type Socket,
} from "dormouse-io";

interface Env {
  readonly SERVER: DurableObjectNamespace;
}

type Use = (io: IO) => unknown;

const options: Record<string, ServerOptions> = {
  "option allowRequest": { allowRequest: () => true },
  "option cors": { cors: { origin: "*" } },
  "option generateId": { generateId: () => "1" },
  "option editHandshakeHeaders": { editHandshakeHeaders: () => {} },
  "option editResponseHeaders": { editResponseHeaders: () => {} },
  "option parser": { parser: { Encoder: class {}, Decoder: class {} } as never },
  "option connectionStateRecovery": { connectionStateRecovery: {} },
  "option data": { data: { durability: "strict" } },
  off: { cors: false, parser: undefined },
};

/** In `setup`. */
const uses: Record<string, Use> = {
  "io.engine.use()": (io) => io.engine.use(() => {}),
  "headers of io.engine": (io) => io.engine.on("headers", () => {}),
  "initial_headers of io.engine": (io) => io.engine.once("initial_headers", () => {}),
  "io.data": (io) => io.data,
  "data of a namespace": (io) => io.of("/other").data,
  "io.schedule": (io) => io.schedule,
  "io.stats()": (io) => io.stats(),
  "wake of io.engine": (io) => io.engine.on("wake", () => {}),
};

const CLIENTS = "http://server/socket.io/?EIO=4&transport=websocket";

/** With requests. */
const calls: Record<string, (stub: DurableObjectStub<Server>) => unknown> = {
  "a call of an emitter's": (stub) => stub.dormousePerform({ calls: [] }),
  "io.engine.generateId": async (stub) => {
    await stub.replaceGenerateId();
    return stub.fetch(CLIENTS, { headers: { upgrade: "websocket" } });
  },
};

const thrown = (run: () => unknown): string => {
  try {
    run();
    return "no error";
  } catch (error) {
    return (error as Error).message;
  }
};

const errors = new Map<string, string>();

/** What a sleep has to make again, by what a client says that is to be left. */
const leftBehind: Record<string, (socket: Socket) => unknown> = {
  "a listener of a middleware": (socket) => socket.on("other", () => {}),
  "an instance of a middleware": (socket) => {
    socket.data.session = new (class Session {
      save(): void {}
    })();
  },
};

const hungUp: Record<string, (socket: Socket) => unknown> = {
  "a property of the request": (socket) => Object.assign(socket.request, { user: "Ada" }),
  "a hidden property of the connection": (socket) =>
    Object.defineProperty(socket.conn, "user", { value: "Ada" }),
  "a property of the client": (socket) => Object.assign(socket.client, { user: "Ada" }),
  "a listener that was removed": (socket) => socket.once("hello", () => {}),
  "an instance on the socket": (socket) =>
    socket.on("hello", () => {
      const player = new (class Player {
        play(): void {}
      })();
      Object.assign(socket, { player });
    }),
};

export class Server extends createServer((io) => {
  io.use((socket, next) => {
    leftBehind[socket.handshake.auth.leaves]?.(socket);
    next();
  });
  io.on("connection", (socket) => {
    hungUp[socket.handshake.auth.leaves]?.(socket);
    socket.on("hello", (answer) => answer("hello"));
  });
  for (const [name, use] of Object.entries(uses))
    errors.set(
      name,
      thrown(() => use(io)),
    );
}) {
  declare dormousePerform: (message: unknown) => Promise<unknown>;

  errorOf(use: string): string {
    return errors.get(use) ?? "no such use";
  }

  awakeReasons(): { what: string; instead: string }[] {
    return this.io.awakeReasons.map(({ what, instead }) => ({ what, instead }));
  }

  replaceGenerateId(): void {
    this.io.engine.generateId = () => "1";
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const client = await routeSocketIO(request, env.SERVER, { name: "clients" });
    if (client !== null) return client;
    const use = new URL(request.url).searchParams.get("use") ?? "";
    if (use === "reasons") {
      const clients = env.SERVER.getByName("clients") as unknown as DurableObjectStub<Server>;
      return Response.json(await clients.awakeReasons());
    }
    const given = options[use];
    if (given !== undefined) return new Response(thrown(() => createServer(given, () => {})));
    const stub = env.SERVER.getByName(use) as unknown as DurableObjectStub<Server>;
    const call = calls[use];
    if (call === undefined) return new Response(await stub.errorOf(use));
    try {
      await call(stub);
      return new Response("no error");
    } catch (error) {
      return new Response((error as Error).message);
    }
  },
};
