/** Server code and options of the tests of both parties. */

import type { EngineRequest } from "../../glue/engine/handshake/request.ts";
import type { ServerOptions } from "../../glue/socket.io/server/options.ts";
import type { Server } from "../../glue/socket.io/server/server.ts";

/** How often a room's setup has run: a module's globals survive sleep where the tests run. */
const starts = new Map<string, number>();

/** What the parties' `setup` registers. */
export function everyday(io: Server, name: () => string): void {
  const room = name();
  starts.set(room, (starts.get(room) ?? 0) + 1);
  io.of("/late").on("connection", async (socket) => {
    socket.on("starts", (answer) => answer(starts.get(room)));
    await Promise.resolve();
    socket.emit("welcome");
  });
  io.engine.use((request, _response, next) => {
    Object.assign(request, { session: { visits: 1, room } });
    next(request._query.refused ? new Error("refused") : undefined);
  });
  io.on("connection", (socket) => {
    socket.on("asked", (answer) => {
      const { user, session } = socket.request as unknown as Record<string, unknown>;
      answer(user ?? null, session ?? null);
    });
    socket.on("header", (name, answer) => answer(socket.handshake.headers[name] ?? null));
    socket.on("visit", (answer) => {
      const { session } = socket.request as unknown as { session: { visits: number } };
      session.visits += 1;
      answer();
    });
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

/** A setup that waits for what only an object that lets it in can get, and whoever comes meanwhile with it. */
export async function patient(io: Server, name: () => string): Promise<void> {
  await pause();
  await import(["cloudflare", "workers"].join(":")).catch(() => {});
  everyday(io, name);
}

/** A while. */
export function pause(): Promise<void> {
  return new Promise((done) => setTimeout(done, 100));
}

/** An `allowRequest` that throws at once. */
export const strict: ServerOptions = {
  allowRequest: (request: EngineRequest) => {
    if (request.headers["x-key"] !== "1") throw new Error("no key");
  },
};

/** Heartbeats that a test can wait for. */
export const lively = { pingInterval: 400, pingTimeout: 10_000 };
