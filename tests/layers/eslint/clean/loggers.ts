// Logs and metrics go elsewhere.
import pino from "pino";
import client from "prom-client";
import { Server } from "socket.io";
const log = pino();
const logs = {
  level: "info",
  write(text: string) {
    process.stdout.write(text);
  },
};
const connections = new client.Gauge({ name: "connections", help: "clients" });
const io = new Server(3000);
io.on("connection", (socket) => {
  connections.inc();
  log.info({ id: socket.id }, "connected");
  logs.write("connected");
  socket.on("disconnect", (reason) => {
    connections.dec();
    log.warn({ reason });
  });
});
