// Timers that are cleared where the handler that has set them is done, and maps of handles beside timers that are told of.
import { createServer } from "dormouse-io";

const turns = new Map<string, NodeJS.Timeout>();
const blinks: Record<string, ReturnType<typeof setTimeout>> = {};

export const Pages = createServer((io) => {
  let hasWarned = false;

  io.on("connection", (socket) => {
    socket.on("load", async (url: string, answer: (status: number) => void) => {
      const controller = new AbortController();
      const late = setTimeout(() => controller.abort(), 30_000);
      try {
        answer((await fetch(url, { signal: controller.signal })).status);
      } finally {
        clearTimeout(late);
      }
    });
    socket.on("import", async (url: string) => {
      const telling = setInterval(() => socket.emit("working"), 2000);
      await fetch(url);
      clearInterval(telling);
    });
    socket.on("turn", (room: string) => {
      clearTimeout(turns.get(room));
      const next = setTimeout(() => io.to(room).emit("next"), 900);
      turns.set(room, next);
    });
    socket.on("blink", (room: string) => {
      if (blinks[room]) clearTimeout(blinks[room]);
      blinks[room] = setTimeout(() => {
        delete blinks[room];
        io.to(room).emit("blink");
      }, 800);
    });
    socket.on("old", () => {
      if (!hasWarned) {
        hasWarned = true;
        console.warn("a client of yesterday");
      }
    });
  });
});
