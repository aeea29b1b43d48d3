/** News from a cron trigger and from a queue, to clients of an object that mostly sleeps. */
import { createServer, routeSocketIO } from "dormouse-io";
import { emitter } from "dormouse-io/emitter";

interface ToServer {
  follow(topic: string, followed: () => void): void;
}

interface ToClient {
  news(topic: string, text: string): void;
  time(now: string): void;
}

/** What producers put into the queue. */
interface Item {
  topic: string;
  text: string;
}

export class News extends createServer<ToServer, ToClient>((io) => {
  io.on("connection", (socket) => {
    socket.on("follow", async (topic, followed) => {
      await socket.join(topic);
      followed();
    });
  });
}) {}

interface Env {
  readonly NEWS: DurableObjectNamespace<News>;
  readonly ITEMS: Queue<Item>;
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/items" && request.method === "POST") {
      await env.ITEMS.send(await request.json());
      return new Response("queued\n", { status: 202 });
    }
    return (await routeSocketIO(request, env.NEWS)) ?? new Response("not found", { status: 404 });
  },

  /** A batch is one call of the object, whatever is in it. If it fails, the batch comes again. */
  async queue(batch, env) {
    const io = emitter<ToClient>(env.NEWS);
    for (const { body } of batch.messages) io.to(body.topic).emit("news", body.topic, body.text);
    await io.flush();
  },

  async scheduled({ scheduledTime }, env) {
    await emitter<ToClient>(env.NEWS).emit("time", new Date(scheduledTime).toISOString());
  },
} satisfies ExportedHandler<Env, Item>;
