// What is due later is scheduled by name, and its handlers keep what they change in io.data.
import { createServer } from "dormouse-io";

export class Game extends createServer((io, { ctx, onAlarm }) => {
  io.data.players ??= new Map();
  io.schedule.on("remove player", (id) => {
    io.data.players.delete(id);
    io.emit("gone", id);
  });
  io.schedule.on("round", (number) => {
    io.data.round = number;
    io.emit("round", number);
    if (number < 10) io.schedule.after(60_000, "round", { args: [number + 1] });
  });
  onAlarm(() => io.emit("time is up"));
  io.on("connection", (socket) => {
    const { id } = socket.data;
    io.schedule.cancel("remove player", id);
    socket.on("start", () => io.schedule.after(0, "round", { args: [1] }));
    socket.on("close", (time) => io.schedule.at(new Date(time), "remove player", { args: [id] }));
    socket.on("alarm", () => ctx.storage.setAlarm(Date.now() + 60_000));
    socket.on("disconnect", () => {
      io.schedule.after(30_000, "remove player", { key: id, args: [id] });
    });
  });
}) {}
