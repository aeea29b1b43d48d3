import { Mutex } from "async-mutex";
import { RateLimiterMemory } from "rate-limiter-flexible";
import { createServer } from "dormouse-io";

const limiter = new RateLimiterMemory({ points: 5, duration: 1 }); // expect: no-limits-in-memory
const mutex = new Mutex(); // expect: no-limits-in-memory

export const Bank = createServer((io, { ctx }) => {
  let open = false; // expect: no-limits-in-memory

  io.on("connection", (socket) => {
    let last = 0; // expect: no-limits-in-memory

    socket.on("pay", async (amount) => {
      await limiter.consume(socket.id);
      if (open) return;
      open = true;
      await mutex.runExclusive(() => ctx.storage.put("paid", amount));
      open = false;
    });

    socket.on("shout", (text) => {
      if (Date.now() - last < 1000) return;
      last = Date.now();
      io.emit("shout", text);
    });
  });
});
