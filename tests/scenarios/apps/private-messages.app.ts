/**
 * Private messages between users who may be connected several times, with sessions that outlive a
 * connection. Sessions and messages are in the server's memory.
 */
import type { Server, Socket } from "socket.io";

interface Session {
  userId: string;
  username: string;
  connected: boolean;
}

interface Message {
  from: string;
  to: string;
  content: unknown;
}

/** Registers the application on a server. */
export function privateMessages(io: Server): void {
  const sessions = new Map<string, Session>();
  const messages: Message[] = [];

  io.use((socket, next) => {
    const { sessionId, username } = socket.handshake.auth;
    const session = sessions.get(sessionId);
    if (session !== undefined) {
      Object.assign(socket.data, { sessionId, ...session });
      return next();
    }
    if (typeof username !== "string" || username === "") return next(new Error("invalid username"));
    const number = sessions.size + 1;
    Object.assign(socket.data, {
      sessionId: `session-${number}`,
      userId: `user-${number}`,
      username,
    });
    next();
  });

  io.on("connection", async (socket) => {
    const { sessionId, userId, username } = socket.data;
    const known = sessions.get(sessionId)?.connected === true;
    sessions.set(sessionId, { userId, username, connected: true });
    await socket.join(userId);
    socket.emit("session", { sessionId, userId });
    socket.emit("users", overview(sessions, messages, userId));
    if (!known) socket.broadcast.except(userId).emit("user connected", { userId, username });

    socket.on("message", ({ to, content }: { to: string; content: unknown }) => {
      const message = { from: socket.data.userId, to, content };
      messages.push(message);
      socket.to(to).to(socket.data.userId).emit("message", message);
    });
    socket.on("sign out everywhere", () => void io.in(socket.data.userId).disconnectSockets(true));
    socket.on("disconnect", () => void farewell(io, socket, sessions));
  });
}

function overview(sessions: Map<string, Session>, messages: Message[], userId: string): unknown[] {
  return [...sessions.values()].map((session) => ({
    ...session,
    messages: messages.filter(({ from, to }) => {
      const other = session.userId;
      return (from === userId && to === other) || (from === other && to === userId);
    }),
  }));
}

async function farewell(io: Server, socket: Socket, sessions: Map<string, Session>): Promise<void> {
  const { sessionId, userId, username } = socket.data;
  const left = await io.in(userId).fetchSockets();
  if (left.length > 0) return;
  sessions.set(sessionId, { userId, username, connected: false });
  socket.broadcast.emit("user disconnected", userId);
}
