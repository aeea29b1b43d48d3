// Several namespaces, a shared setup, engine events, an adapter's events.
import { createServer, type Namespace } from "dormouse-io";

const TOPICS = ["news", "sport"] as const;

function topic(namespace: Namespace, name: string): void {
  namespace.use((socket, next) => {
    socket.data.topic = name;
    next(socket.handshake.auth.token ? undefined : new Error("no token"));
  });
  namespace.on("connection", (socket) => {
    socket.use(([event], next) => next(event === "forbidden" ? new Error("no") : undefined));
    socket.onAny((event) => console.log(name, event));
    socket.on("post", (text: string) => namespace.emit("post", text));
    socket.once("disconnect", (reason) => console.log(reason));
  });
}

export const Topics = createServer({ pingInterval: 60_000 }, (io) => {
  for (const name of TOPICS) topic(io.of(`/${name}`), name);
  io.of(/^\/room-\d+$/).on("connection", (socket) => {
    socket.on("say", (text: string) => socket.nsp.emit("said", text));
  });
  io.engine.on("connection_error", (error) => console.log(error.message));
  io.on("new_namespace", (namespace) => {
    console.log(namespace.name);
    Object.assign(namespace, { title: namespace.name.slice(1) });
    namespace.use((socket, next) => next(socket.handshake.auth.token ? undefined : new Error()));
  });
});
