/** What each client has said of itself, in variables of its connection listener. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (client) => {
    let isIn = false;
    let name: string | undefined;
    let since: Date | null = null;
    const topics = new Set<string>(["news"]),
      // How much one may say.
      limits = { words: 3 };
    client.on("login", (given) => {
      if (isIn) return;
      [isIn, name] = [true, given];
      since = new Date(0);
      client.emit("welcome", { isIn, name, since: since.toISOString() });
    });
    client.on("follow", (topic) => {
      topics.add(topic);
      limits.words += 1;
      client.emit("topics", [...topics].sort(), limits);
    });
    client.on("say", (text) => {
      if (!isIn) return client.emit("refused");
      io.emit("said", name, text, since?.getTime(), limits.words);
    });
  });
}
