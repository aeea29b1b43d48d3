// Timers that outlive their handlers, a map of them that is asked who waits, and a flag that is asked for more than a log.
import { createServer } from "dormouse-io";

const waiting = new Map<string, NodeJS.Timeout>(); // expect: no-state-in-variables
let isWarned = false; // expect: no-state-in-variables

export const Pages = createServer((io) => {
  io.on("connection", (socket) => {
    socket.on("load", async (url: string) => {
      const late = setTimeout(() => io.emit("late"), 30_000); // expect: no-timers
      if (url === "") clearTimeout(late);
      await fetch(url);
    });
    socket.on("watch", (url: string) => {
      const asking = setInterval(() => fetch(url), 2000); // expect: no-timers
      socket.on("disconnect", async () => { // expect: no-late-listeners
        await fetch(url);
        clearInterval(asking);
      });
    });
    socket.on("wait", (name: string) => {
      if (!waiting.has(name)) waiting.set(name, setTimeout(() => io.emit("gone", name), 900));
    });
    socket.on("say", (text: string) => {
      if (!isWarned) {
        isWarned = true;
        socket.emit("warned");
      }
      io.emit("said", text);
    });
  });
});
