/** The Worker: Socket.IO in a Hono app, an object per room, and JSON routes that look into rooms and speak to them. */
import { createServer, routeSocketIO } from "dormouse-io";
import { Hono } from "hono";
import { chat } from "./chat.ts";

export class Room extends createServer(chat) {
  async count(): Promise<number> {
    return (await this.io.fetchSockets()).length;
  }

  async announce(text: string): Promise<void> {
    this.io.emit("said", "the app", text);
  }
}

const app = new Hono<{ Bindings: { ROOM: DurableObjectNamespace<Room> } }>();

app.get("/rooms/:room", async (c) => {
  const room = c.req.param("room");
  return c.json({ room, people: await c.env.ROOM.getByName(room).count() });
});

app.post("/rooms/:room/messages", async (c) => {
  await c.env.ROOM.getByName(c.req.param("room")).announce(await c.req.text());
  return c.body(null, 204);
});

app.all("/socket.io/*", async (c) => {
  const name = c.req.query("room") ?? "lobby";
  return (await routeSocketIO(c.req.raw, c.env.ROOM, { name })) ?? c.notFound();
});

export default app;
