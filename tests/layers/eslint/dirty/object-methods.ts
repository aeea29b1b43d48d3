// Fields of the object itself, which its requests and its RPC change.
import { createServer } from "dormouse-io";

export class Chat extends createServer((io) => {
  io.on("connection", (socket) => socket.on("say", (text: string) => io.emit("said", text)));
}) {
  visits = 0; // expect: no-state-in-variables
  readonly #seen = new Set<string>(); // expect: no-state-in-variables

  async fetch(request: Request): Promise<Response> {
    this.visits++;
    return super.fetch(request);
  }

  async announce(id: string): Promise<void> {
    if (this.#seen.has(id)) return;
    this.#seen.add(id);
    this.io.emit("news", id);
  }
}
