/** Every event is heard under another name, too, and some are not heard at all. */
import type { Server, Socket } from "socket.io";

interface Packet {
  data: unknown[];
  id?: number;
}

/** What `socket.io` declares as private. */
interface Open {
  onevent(packet: Packet): void;
}

function hearStars(socket: Socket): void {
  const open = socket as unknown as Open;
  const { onevent } = open;
  open.onevent = function (packet) {
    const [event, ...args] = packet.data;
    if (event === "spam") return;
    onevent.call(this, packet);
    onevent.call(this, { ...packet, id: undefined, data: ["*", event, args.length] });
  };
}

export function setup(io: Server): void {
  io.use((socket, next) => {
    hearStars(socket);
    next();
  });
  io.on("connection", (socket) => {
    socket.on("*", (event, count) => socket.emit("heard", event, count));
    socket.on("say", (text) => socket.emit("said", text));
    socket.on("add", (one, other, answer) => answer(one + other));
    socket.on("spam", () => socket.emit("spam"));
  });
}
