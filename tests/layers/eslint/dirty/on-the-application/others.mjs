import Fastify from "fastify";
import Koa from "koa";
import { Server } from "socket.io";

const fastify = Fastify({ logger: true });
fastify.decorate("players", new Map()); // expect: no-state-in-variables
fastify.decorate("limit", 3);
const koa = new Koa();
koa.context.votes = 0; // expect: no-state-in-variables
const io = new Server(fastify.server);
io.on("connection", (socket) => {
  socket.on("join", (name) => fastify.players.set(socket.id, name));
  socket.on("leave", () => fastify.players.delete(socket.id));
  socket.on("vote", () => {
    koa.context.votes++;
  });
});

let joined = 0; // expect: no-state-in-variables
fastify.ready().then(() => {
  fastify.io.on("connection", (socket) => {
    socket.on("again", () => socket.emit("joined", ++joined));
  });
});
