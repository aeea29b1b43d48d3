// Servers without event maps take every event and any arguments.
import type { Server, Socket } from "server-under-test";
import { expectType } from "./expect.ts";

declare const io: Server;

io.on("connection", (socket) => {
  expectType<Socket>()(socket as Socket);
  expectType<string>()(socket.id);
  expectType<boolean>()(socket.connected);
  expectType<boolean>()(socket.disconnected);
  expectType<boolean>()(socket.recovered);
  expectType<Set<string>>()(socket.rooms);

  socket.on("disconnect", (reason, description) => {
    expectType<
      | "transport error"
      | "transport close"
      | "forced close"
      | "ping timeout"
      | "parse error"
      | "server shutting down"
      | "forced server close"
      | "client namespace disconnect"
      | "server namespace disconnect"
    >()(reason);
    // biome-ignore lint/suspicious/noExplicitAny: the type upstream has
    expectType<any>()(description);
  });
  socket.on("disconnecting", (reason) => reason.toUpperCase());
  socket.on("error", (error) => expectType<Error>()(error));

  socket.on("anything", (first, second) => {
    first.whatever.property;
    second();
  });
  socket.once("anything", async (first) => first);
  socket.on("connect_error", () => {});
  socket.emit("anything");
  socket.emit("anything", 1, "two", { three: 3 }, () => {});
  socket.emitWithAck("anything", 1).then((answer) => answer.property);
  socket.timeout(100).emit("anything", (error: Error, answer: string) => [error, answer]);
  socket
    .timeout(100)
    .emitWithAck("anything")
    .then((answer) => answer.property);
  socket.send("hello", 1);
  socket.write("hello", 1);
  socket.data.user.name;
  socket.data = { user: 1 };

  // @ts-expect-error an event has a name
  socket.emit();
  // @ts-expect-error a listener is a function
  socket.on("anything", 1);
  // @ts-expect-error read only
  socket.rooms = new Set();
});

io.on("connect", (socket) => socket.join("room"));
io.on("new_namespace", (namespace) => expectType<string>()(namespace.name));
io.emit("anything", 1);
io.to("room").emit("anything", 1);
io.timeout(100).emit("anything", (error: Error, answers: string[]) => [error, answers]);
io.timeout(100)
  .emitWithAck("anything", 1)
  .then((answers) => answers.length);
io.send("hello");
io.write("hello");
io.serverSideEmit("anything", 1, () => {});
io.serverSideEmitWithAck("anything").then((answers) => answers.length);
io.use((socket, next) => {
  expectType<string>()(socket.id);
  next();
  next(new Error("no"));
  // @ts-expect-error an error or nothing
  next("no");
});

// The engine's events are not typed: whoever listens need not annotate.
io.engine.on("connection", (connection) => connection.on("packet", (packet: unknown) => packet));
io.engine.on("connection_error", (error) => [error.code, error.message, error.context]);
io.engine.on("initial_headers", (headers, request) => {
  headers["x-url"] = request.url;
});
io.engine.use((_request: unknown, _response: unknown, next: () => void) => next());
io.on("connection", (socket) => {
  socket.conn.on("close", (reason) => reason);
  socket.conn.once("packetCreate", (packet) => packet.type);
});
