/** Arrays: assigned anew, taken apart, filtered; the last of them has no first value. */
import type { Server } from "socket.io";

interface Message {
  from: string;
  text: string;
}

export function setup(io: Server): void {
  let history: Message[] = [];
  let last: Message | undefined;
  let pinned: Message | null = null;
  io.on("connection", (socket) => {
    socket.emit("history", history, last);
    socket.on("say", (from, text) => {
      last = { from, text };
      history.push(last);
      history = history.slice(-2);
      io.emit("said", { last, before: history.length });
    });
    socket.on("pin", () => {
      pinned = history.find((message) => message.from === "ada") ?? null;
      if (!pinned) return;
      const { text, from } = pinned;
      const [first, second] = history;
      io.emit("pinned", from, text, first?.text, second?.text);
    });
    socket.on("search", (word) => {
      const all = history;
      const found = all.filter((message) => message.text.includes(word));
      socket.emit("found", found, pinned?.text);
    });
  });
}
