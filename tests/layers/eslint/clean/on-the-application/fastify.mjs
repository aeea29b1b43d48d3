// A plugin's server, a broker that only emits, decorations that nobody changes.
import Fastify from "fastify";
import fastifyIO from "fastify-socket.io";
import { Kafka } from "kafkajs";

const app = Fastify();
await app.register(fastifyIO, { cors: true });
app.decorate("config", { max: 3 });
app.decorateRequest("user", null);
app.addHook("onRequest", async (request) => {
  request.user = { id: request.headers.user };
});
app.get("/", async (request, reply) => reply.send({ max: app.config.max, user: request.user }));
const consumer = new Kafka({}).consumer({ groupId: "chat" });
await consumer.run({
  eachMessage: async ({ message }) => {
    const { room, text } = JSON.parse(message.value);
    app.io.to(room).emit("said", text);
  },
});
app.ready().then(() => {
  app.io.on("connection", (socket) => {
    const { id } = socket;
    socket.on("limit", (answer) => answer(id, app.config.max));
  });
});
await app.listen({ port: 3000 });
