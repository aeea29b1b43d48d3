/** Dormouse in a Hono app, beside JSON routes that look into a room and speak to it. */
import { createServer, routeSocketIO } from "dormouse-io";
import { Hono } from "hono";

export class Room extends createServer((io) => {
  io.on("connection", (socket) => {
    socket.on("message", (text) => io.emit("message", socket.id, text));
  });
}) {
  /** Called by the Worker. */
  async count(): Promise<number> {
    return (await this.io.fetchSockets()).length;
  }

  announce(text: string): void {
    this.io.emit("message", "the app", text);
  }
}

interface Env {
  Bindings: { readonly ROOM: DurableObjectNamespace<Room> };
}

const app = new Hono<Env>();

app.get("/", (c) => c.text("Socket.IO at /socket.io/?room=…, JSON at /rooms/…\n"));

app.get("/rooms/:room", async (c) => {
  const room = c.req.param("room");
  return c.json({ room, sockets: await c.env.ROOM.getByName(room).count() });
});

app.post("/rooms/:room/messages", async (c) => {
  const { text } = await c.req.json<{ text: string }>();
  await c.env.ROOM.getByName(c.req.param("room")).announce(text);
  return c.json({ sent: text }, 201);
});

app.all("/socket.io/*", async (c) => {
  const name = c.req.query("room") ?? "lobby";
  return (await routeSocketIO(c.req.raw, c.env.ROOM, { name })) ?? c.notFound();
});

export default app;
