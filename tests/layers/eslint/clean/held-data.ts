import { createServer } from "dormouse-io";

export class Chat extends createServer((io) => {
  io.on("connection", (socket) => {
    const { data } = socket;
    socket.on("count", async (numbers: number[], url: string) => {
      const mine = socket.data;
      numbers.forEach((number) => {
        mine.sum += number;
      });
      await fetch(url).then((answer) => {
        mine.status = answer.status;
      });
      data.done = true;
    });
    socket.on("again", () => {
      data.again = true;
    });
    socket.conn.on("close", () => {
      data.done = true;
    });
    socket.on("later", () => {
      setTimeout(() => (socket.data.late = true), 100);
    });
  });
}) {}
