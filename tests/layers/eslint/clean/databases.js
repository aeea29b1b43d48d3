// State in databases.
import { Server } from "socket.io";
import { PrismaClient } from "@prisma/client";
import Redis from "ioredis";
const io = new Server();
const prisma = new PrismaClient();
const redis = new Redis();
class Users {
  constructor(db) {
    this.db = db;
  }
  async setOnline(id, value) {
    await this.db.user.update({ where: { id }, data: { online: value } });
  }
  async add(name) {
    const user = await this.db.user.create({ data: { name } });
    user.fresh = true;
    return user;
  }
}
const users = new Users(prisma);
io.on("connection", (socket) => {
  socket.on("online", async (id) => {
    await users.setOnline(id, true);
    await redis.sadd("online", id);
  });
  socket.on("add", async (name, answer) => {
    const user = await users.add(name);
    user.seen = Date.now();
    answer(user);
  });
  socket.on("list", async (answer) => {
    const all = await redis.smembers("online");
    all.sort();
    answer(all);
  });
});
