/** Objects that get calls by RPC from the Worker, and tell what they have heard. */
import { createServer, routeSocketIO, type Server } from "dormouse-io";

interface Env {
  readonly CHAT: DurableObjectNamespace;
}

/** How often each object was constructed: a module's globals outlive a sleep here. */
const constructed = new Map<string, number>();

function chat(io: Server, { name = "" }: { name: string | undefined }): void {
  constructed.set(name, (constructed.get(name) ?? 0) + 1);
  const heard: unknown[] = [];
  io.on("connection", (socket) => {
    socket.data.numbers = new Map([["one", 1]]);
    socket.on("join", (room, done) => {
      socket.join(room);
      done();
    });
  });
  io.of("/admin").on("connection", () => {});
  io.on("reload", (...args) => heard.push(args));
  io.on("how many?", (word, answer) => answer({ word, clients: io.engine.clientsCount, heard }));
  io.on("silent", () => {});
  io.on("broken", () => {
    throw new Error("on purpose");
  });
}

export const Chat = createServer(chat);

/** Posts are calls for the object `?name=`; answered with what its promise settles with. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const name = searchParams.get("name") ?? "";
    const routed = await routeSocketIO(request, env.CHAT, { name });
    if (routed !== null) return routed;
    if (pathname === "/constructed") return Response.json(constructed.get(name) ?? 0);
    const stub = env.CHAT.getByName(name) as unknown as {
      dormousePerform(message: unknown): Promise<unknown>;
      fetch(request: Request): Promise<Response>;
    };
    if (pathname === "/direct") return stub.fetch(request);
    const message = revive(await request.json());
    try {
      return Response.json({ answers: await stub.dormousePerform(message) });
    } catch (error) {
      return Response.json({ refused: (error as Error).message });
    }
  },
};

/** `{ bytes: [1, 2] }` stands for bytes. */
function revive(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(revive);
  const { bytes } = value as { bytes?: number[] };
  if (bytes !== undefined) return new Uint8Array(bytes);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item)]));
}
