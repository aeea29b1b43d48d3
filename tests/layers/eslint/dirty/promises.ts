// What an event has settled is open again after a sleep.
import { createServer } from "dormouse-io";

export const Room = createServer((io) => {
  const begun = Promise.withResolvers<void>(); // expect: no-state-in-variables
  let start: (value?: unknown) => void = () => {};
  const started = new Promise((resolve) => { // expect: no-state-in-variables
    start = resolve;
  });
  io.on("connection", (socket) => {
    socket.on("start", () => start());
    socket.on("wait", async () => socket.emit("waited", await started));
    const { promise: isIn, resolve: letIn } = Promise.withResolvers<void>(); // expect: no-state-in-variables
    const ready = new Promise((resolve) => { // expect: no-state-in-variables
      socket.on("ready", () => resolve(true));
    });
    const named = new Promise((resolve) => socket.on("name", resolve)); // expect: no-state-in-variables
    socket.on("login", () => letIn());
    socket.on("begin", () => begun.resolve());
    socket.on("say", async (text: string) => {
      await Promise.all([isIn, begun.promise, ready]);
      io.emit("said", text, await named);
    });
  });
});
