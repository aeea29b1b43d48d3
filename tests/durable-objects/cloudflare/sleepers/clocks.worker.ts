/** Servers that wait: for acknowledgements, and for clients that are silent. */
import { noteEnds, watchedServer } from "./watched-server.worker.ts";

/** Acknowledgements that the server waits for. */
export const Asking = watchedServer(
  (io, note) => {
    io.on("connection", (socket) => {
      socket.on("ask", () => socket.emit("question", (answer: unknown) => note("answer", answer)));
      socket.on("ask in time", () => {
        socket.timeout(5_000).emit("question", (error: Error, answer: unknown) => {
          note("answer in time", error?.message ?? null, answer);
        });
      });
      socket.on("ask everyone", async () => {
        note("answers", await io.timeout(5_000).emitWithAck("question"));
      });
      socket.on("promise", async () => note("promised", await socket.emitWithAck("question")));
    });
  },
  { ackKeepAlive: 1_500 },
);

export const Short = watchedServer(
  (io, note) => {
    io.on("connection", (socket) => {
      socket.join("room");
      socket.on("echo", (value, ack) => ack(value));
      noteEnds(socket, note);
    });
  },
  { pingInterval: 1_000, pingTimeout: 3_000, allowEIO3: true },
);

/** Defaults, as users have them. */
export const Default = watchedServer(
  (io, note) => {
    io.on("connection", (socket) => {
      socket.on("ask", () => socket.emit("question", (answer: unknown) => note("answer", answer)));
      socket.on("echo", (value, ack) => ack(value));
      noteEnds(socket, note);
    });
  },
  { pingInterval: 25_000, pingTimeout: 20_000, allowEIO3: true },
);
