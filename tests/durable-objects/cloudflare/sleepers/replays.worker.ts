/** Connection listeners that run again after a sleep, and do what they must not do twice. */
import { describe } from "./describe.worker.ts";
import { noteEnds, watchedServer } from "./watched-server.worker.ts";

/** Connection listeners that take their time, and what they must not repeat. */
export const Slow = watchedServer((io, note) => {
  io.on("connection", async (socket) => {
    socket.on("early", (ack) => ack("early"));
    await new Promise((resolve) => setTimeout(resolve, 30));
    socket.emit("late welcome");
    io.emit("late newcomer");
    socket.join("late");
    socket.leave(socket.handshake.auth.leaves ?? "nothing");
    socket.data.loads = (socket.data.loads ?? 0) + 1;
    io.in(socket.id).socketsLeave("late room");
    io.local.disconnectSockets.length;
    if (socket.restored && socket.handshake.auth.disconnects) socket.disconnect(true);
    note("settled", socket.id);
    socket.on("late", (ack) => ack(describe(socket)));
    noteEnds(socket, note);
  });
});

/** What a listener may do to others, done by every way there is. */
export const Meddling = watchedServer((io) => {
  io.on("connection", async (socket) => {
    socket.on("get", (ack) => ack(socket.data));
    socket.on("big", (_text) => {});
    for (const other of io.sockets.sockets.values()) {
      other.data.seen = (other.data.seen ?? 0) + 1;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    if (!socket.restored) return;
    for (const other of io.sockets.sockets.values()) {
      other.data.seen += 1;
      other.data.late = true;
      if (other !== socket) other.conn.close();
      other.adapter.addAll(other.id, new Set(["room"]));
    }
    for (const other of await io.fetchSockets()) {
      if (other.id !== socket.id) other.disconnect(true);
    }
    io.disconnectSockets(true);
    socket.adapter.broadcast({ type: 2, data: ["repeated"] }, { rooms: new Set() });
  });
});

/** Sockets that others disconnect. */
export const Kicking = watchedServer((io, note) => {
  io.on("connection", async (socket) => {
    socket.on("get", (ack) => ack([socket.id, socket.data]));
    socket.on("set", (key, value, ack) => {
      socket.data[key] = value;
      ack();
    });
    noteEnds(socket, note);
    if (socket.restored) await new Promise((resolve) => setTimeout(resolve, 300));
  });
  io.of("/other").on("connection", (socket) => {
    socket.on("kick", (id) => io.in(id).disconnectSockets());
    socket.on("echo", (value, ack) => ack(value));
  });
});

/** A listener that never settles, in a namespace of its own; and one that fails. */
export const Stuck = watchedServer((io, note) => {
  const news = new EventTarget();
  io.of("/loop").on("connection", async (socket) => {
    socket.on("heard", (ack) => ack([...socket.rooms].length));
    socket.on("publish", (ack) => {
      news.dispatchEvent(new Event("news"));
      ack();
    });
    for (;;) {
      await new Promise((resolve) => news.addEventListener("news", resolve, { once: true }));
      socket.emit("news");
      socket.join("news");
    }
  });
  io.on("connection", (socket) => {
    socket.on("ping", (ack) => ack("pong"));
  });
  io.of("/stuck").on("connection", (socket) => {
    socket.on("registered", (ack) => ack("in time"));
    if (socket.restored) return new Promise(() => {}) as unknown as undefined;
    return undefined;
  });
  io.of("/other").on("connection", (socket) => {
    socket.on("registered", (ack) => ack("again"));
  });
  io.of("/throws").on("connection", (socket) => {
    socket.on("before", (ack) => ack("registered before"));
    if (socket.restored) throw new Error("thrown in replay");
    socket.on("after", (ack) => ack("registered after"));
    noteEnds(socket, note);
  });
  io.of("/asks").on("connection", async (socket) => {
    const name = await socket.timeout(20_000).emitWithAck("your name?");
    note("name", name);
    socket.on("name", (ack) => ack(name));
  });
});
