/** The Worker: Socket.IO's requests go to the object, files of `public/` are served before it is asked. */
import { createServer, routeSocketIO } from "dormouse-io";
import { chat } from "./chat.ts";

export class Chat extends createServer(chat) {
  /** Speaks to everybody; called by the Worker, or by others that have the binding. */
  async announce(text: string): Promise<void> {
    this.io.emit("said", "the server", text);
  }
}

interface Env {
  CHAT: DurableObjectNamespace<Chat>;
}

export default {
  async fetch(request, env) {
    const response = await routeSocketIO(request, env.CHAT);
    return response ?? new Response("not found\n", { status: 404 });
  },
} satisfies ExportedHandler<Env>;
