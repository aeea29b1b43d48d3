// Tokens are checked once, and remembered.
import { createServer } from "dormouse-io";

export const Secure = createServer((io, { env }) => {
  const sessions = new Map<string, { user: string }>(); // expect: no-state-in-middlewares
  const attempts: Record<string, number> = {}; // expect: no-limits-in-memory

  io.use(async (socket, next) => {
    const ip = socket.handshake.address;
    attempts[ip] = (attempts[ip] ?? 0) + 1;
    if (attempts[ip] > 5) return next(new Error("too many attempts"));
    const user = await env.AUTH.check(socket.handshake.auth.token);
    if (!user) return next(new Error("unauthorized"));
    sessions.set(socket.id, { user });
    next();
  });

  io.on("connection", (socket) => {
    socket.on("whoami", (answer: (user?: string) => void) => answer(sessions.get(socket.id)?.user));
  });
});
