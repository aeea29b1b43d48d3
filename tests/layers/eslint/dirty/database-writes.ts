// A visit is written down when somebody comes; in a replay nobody comes.
import { PrismaClient } from "@prisma/client";
import { createServer } from "dormouse-io";
import Redis from "ioredis";

const prisma = new PrismaClient();
const redis = new Redis();

async function countVisit(user: string): Promise<void> {
  await redis.incr(`visits:${user}`); // expect: ask-restored
}

export const Visits = createServer((io, { ctx, env }) => {
  io.on("connection", async (socket) => {
    const user = await prisma.user.findUnique({ where: { id: socket.data.user } });
    await prisma.login.create({ data: { user: socket.data.user } }); // expect: ask-restored
    await countVisit(socket.data.user);
    ctx.storage.kv.put("last", Date.now()); // expect: ask-restored
    ctx.storage.sql.exec("INSERT INTO visits VALUES (?)", socket.id); // expect: ask-restored
    await env.DB.prepare("UPDATE users SET online = 1 WHERE id = ?").bind(socket.id).run(); // expect: ask-restored
    await fetch("https://example.com/hooks", { method: "POST", body: socket.id }); // expect: ask-restored
    socket.emit("user", user);
    socket.on("bye", () => prisma.login.deleteMany({ where: { user: socket.data.user } }));
  });
});
