import { createRule } from "./rule.ts";

/** Sockets that are kept in maps, arrays, objects and variables. */
export const noSocketsInCollections = createRule("no-sockets-in-collections", {
  description: "socket objects that are kept are dead, and the collection empty, after a sleep",
  messages: {
    sockets:
      "`{{name}}` keeps sockets (line {{line}}): after a sleep it is empty, though the clients are connected; keep the id in `socket.data` or a room, and find the socket with `io.to(id)`, `io.in(room).fetchSockets()` or `io.sockets.sockets.get(id)`",
  },
});
