// Constants, and copies of them.
import { Server } from "socket.io";
const io = new Server();
const EVENTS = { JOIN: "join", LEAVE: "leave" };
const LIMITS = Object.freeze({ rooms: 3 });
const colours = ["red", "green"].map((name) => name.toUpperCase());
const table = {};
for (const name of colours) table[name] = name.length;
const encoder = new TextEncoder();
io.data.rooms ??= {};
io.on("connection", (socket) => {
  socket.data.rooms ??= [];
  socket.on(EVENTS.JOIN, (room) => {
    if (socket.data.rooms.length >= LIMITS.rooms) return;
    socket.data.rooms.push(room);
    io.data.rooms[room] = (io.data.rooms[room] ?? 0) + 1;
    socket.join(room);
    const shuffled = [...colours].sort(() => 0.5 - Math.random());
    const own = colours.slice();
    own.reverse().push("blue");
    socket.emit("joined", shuffled, own, table, encoder.encode(room));
  });
});
