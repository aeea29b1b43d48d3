/** A server, and the route for emitters. */
import { createServer, routeSocketIO } from "dormouse-io";
import { routeEmitter } from "dormouse-io/emitter";

interface Env {
  readonly CHAT: DurableObjectNamespace;
  readonly SECRET: string;
  readonly NEW_SECRET: string;
}

export class Chat extends createServer((io) => {
  const heard: unknown[] = [];
  io.on("connection", (socket) => {
    socket.data.since = new Date(0);
    socket.data.tags = new Map([["a", new Set([1])]]);
    socket.on("join", (room, done) => {
      socket.join(room);
      done();
    });
  });
  io.on("reload", (...args: unknown[]) => heard.push(args));
  io.on("heard?", (answer: (heard: unknown) => void) => answer(heard));
  io.on("broken", () => {
    throw new Error("on purpose");
  });
}) {
  wipe(): Promise<void> {
    return this.ctx.storage.deleteAll();
  }
}

/** By path: how the route is mounted. */
const MOUNTS: Record<string, (env: Env) => object | undefined> = {
  "/emit": ({ SECRET, NEW_SECRET }) => ({ secret: [NEW_SECRET, SECRET] }),
  "/small": ({ SECRET }) => ({ secret: SECRET, path: "/small", maxBytes: 400, name: "small" }),
  "/no-secret": () => ({ path: "/no-secret" }),
  "/empty": () => ({ path: "/empty", secret: "" }),
  "/short": () => ({ path: "/short", secret: "fifteen letters" }),
  "/no-slash": ({ SECRET }) => ({ path: "no-slash", secret: SECRET }),
  "/not-a-number": ({ SECRET }) => ({
    path: "/not-a-number",
    secret: SECRET,
    maxBytes: Number.NaN,
  }),
  "/misspelt": ({ SECRET }) => ({ path: "/misspelt", secret: SECRET, nam: "x" }),
};

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const name = searchParams.get("name") ?? "default";
    const routed = await routeSocketIO(request, env.CHAT, { name });
    if (routed !== null) return routed;
    if (pathname === "/moved") {
      return new Response(null, { status: 307, headers: { location: "/emit" } });
    }
    if (pathname === "/wipe") {
      await (env.CHAT.getByName(name) as unknown as Chat).wipe();
      return new Response();
    }
    const options = MOUNTS[pathname]?.(env) ?? { secret: env.SECRET };
    const emitted = await routeEmitter(request, env.CHAT, options as never);
    return emitted ?? new Response("not found", { status: 404 });
  },
} satisfies ExportedHandler<Env>;
