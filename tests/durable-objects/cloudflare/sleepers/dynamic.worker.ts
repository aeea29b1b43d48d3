import type { Socket } from "dormouse-io";
import { noteEnds, watchedServer } from "./watched-server.worker.ts";

/** Namespaces that are made when clients ask for them. */
export const Dynamic = watchedServer((io, note) => {
  const register = (kind: string) => (socket: Socket) => {
    socket.join("room");
    socket.on("kind", (ack) => ack(kind));
    noteEnds(socket, note);
  };
  io.of((_name, _auth, next) => next(null, false)).on("connection", register("nobody"));
  io.of(/^\/regex-\d+$/).on("connection", register("regex"));
  const parent = io.of((name, auth, next) => {
    note("asked", name);
    setTimeout(() => next(null, name.startsWith("/function-") && auth.token === "t"), 1);
  });
  parent.on("connection", register("function"));
  io.on("connection", (socket) => {
    socket.on("announce", (text) => parent.emit("announced", text));
    socket.on("announce to", (name, text) => io.of(name).to("room").emit("announced", text));
  });
});
