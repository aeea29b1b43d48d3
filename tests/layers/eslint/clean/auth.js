// Tokens in a middleware; what is known of a client is in socket.data.
import { jwtVerify } from "jose";
import { Server } from "socket.io";

const io = new Server(3000, { cors: { origin: "https://example.com" } });
const secret = new TextEncoder().encode(process.env.SECRET);
const ROLES = new Map([["admin", 2], ["user", 1]]);

io.use(async (socket, next) => {
  try {
    const { payload } = await jwtVerify(socket.handshake.auth.token, secret);
    const roles = [];
    for (const role of payload.roles) if (ROLES.has(role)) roles.push(role);
    socket.data.user = { name: payload.sub, roles };
    socket.username = payload.sub;
    next();
  } catch (error) {
    next(new Error("unauthorized"));
  }
});

io.on("connection", (socket) => {
  socket.join(`user:${socket.data.user.name}`);
  socket.on("private", (to, text, answer) => {
    io.to(`user:${to}`).emit("private", socket.data.user.name, text);
    answer();
  });
});
