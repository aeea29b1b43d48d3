/** Tokens are signed with a secret that the module makes by chance. */
import { createHmac, randomBytes } from "node:crypto";
import type { Server } from "socket.io";

const SECRET = randomBytes(32);
const sign = (name: string) => createHmac("sha256", SECRET).update(name).digest("hex");

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    socket.on("login", (name) => {
      socket.data.token = sign(name);
      socket.emit("in", name);
    });
    socket.on("check", (name) => {
      socket.emit(
        "checked",
        name,
        createHmac("sha256", SECRET).update(name).digest("hex") === socket.data.token,
      );
    });
  });
}
