// Emitters that a connection listener, or an event, makes for itself, and gives to others.
import { EventEmitter } from "node:events";
import { createServer, type Socket } from "dormouse-io";

const FINISHED = Symbol("finished");

function follow(socket: Socket, events: EventEmitter) {
  events.on("news", (text) => socket.emit("news", text));
}

async function within(socket: Socket, run: (done: () => Promise<void>) => Promise<void>) {
  const context = { [FINISHED]: new EventEmitter() };
  await run(async () => {
    await new Promise<void>((resolve) => {
      context[FINISHED].on("finished", () => {
        socket.emit("finished");
        resolve();
      });
    });
  });
}

export const Chat = createServer((io) => {
  io.on("connection", (socket) => {
    follow(socket, new EventEmitter());
    const own = new EventEmitter();
    follow(socket, own);
    socket.use((_packet, next) => {
      within(socket, async (done) => {
        next();
        await done();
      });
    });
  });
});
