/** Server code and options of the tests of both parties. `contextOf` tells what functions got. */

import type { EngineRequest } from "../../glue/engine-request.ts";
import type { CorsOptions, ServerOptions } from "../../glue/options.ts";
import type { Server } from "../../glue/server.ts";

/** How often a room's setup has run: a module's globals survive sleep where the tests run. */
const starts = new Map<string, number>();

/** What the parties' `setup` registers. */
export function everyday(io: Server, name: () => string): void {
  const room = name();
  starts.set(room, (starts.get(room) ?? 0) + 1);
  io.on("connection", (socket) => {
    socket.on("echo", (...args) => args.pop()(...args));
    socket.on("where", (answer) => answer(name(), socket.handshake.url, socket.handshake.secure));
    socket.on("starts", (answer) => answer(starts.get(room)));
    socket.on("keep", (value, answer) => {
      socket.data.kept = value;
      answer();
    });
    socket.on("kept", (answer) => answer(socket.data.kept, socket.restored));
    socket.on("join", (room, answer) => {
      socket.join(room);
      answer();
    });
    socket.on("say", (room, ...args) => void io.to(room).emit("said", ...args));
    socket.on("disconnecting", (reason) => {
      io.except(socket.id).emit("gone", socket.data.kept ?? null, reason, [...socket.rooms].length);
    });
  });
}

const CORS: Record<string, CorsOptions> = {
  string: { origin: "https://a.example" },
  any: { origin: "*" },
  regex: { origin: /\.a\.example$/ },
  array: { origin: ["https://a.example", /^https:\/\/b/] },
  function: { origin: (origin, answer) => answer(null, origin === "https://a.example") },
  credentials: { origin: "https://a.example", credentials: true, exposedHeaders: ["x-e", "x-f"] },
  preflight: { origin: true, methods: ["GET"], allowedHeaders: ["x-a", "x-b"], maxAge: 60 },
};

/** The options whose functions get something of the platform. */
export function guarded(contextOf: (...args: unknown[]) => string): ServerOptions {
  return {
    allowRequest: async (request: EngineRequest, second?: unknown, third?: unknown) => {
      const { refuse, reject } = request._query;
      if (refuse) throw new Error(refuse);
      if (reject) await Promise.reject(new Error(reject));
      if (request._query.no) return false;
      if (request._query.context && contextOf(second, third) !== "whole")
        throw new Error("context");
      return true;
    },
    cors: (request, answer) => answer(null, CORS[request._query.cors ?? ""] ?? {}),
    generateId: async (request) => request._query.id ?? crypto.randomUUID(),
    editHandshakeHeaders: async (headers, _request, second, third) => {
      headers.append("set-cookie", "a=1");
      headers.append("set-cookie", "b=2");
      headers.set("x-context", contextOf(second, third));
    },
    editResponseHeaders: (headers, request, second, third) => {
      headers.set("x-path", new URL(request.url ?? "", "http://localhost").pathname);
      headers.set("x-every-context", contextOf(second, third));
    },
  };
}

/** An `allowRequest` that throws at once. */
export const strict: ServerOptions = {
  allowRequest: (request: EngineRequest) => {
    if (request.headers["x-key"] !== "1") throw new Error("no key");
  },
};

export const timed = {
  path: "/realtime/",
  connectTimeout: 600,
  pingInterval: 400,
  pingTimeout: 300,
  upgradeTimeout: 1,
  maxHttpBufferSize: 100,
};
