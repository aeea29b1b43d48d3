// Servers that come from where nobody looks: their sockets say what they are.
import { attach } from "my-own-sockets";
import express from "express";

const app = express();
let online = 0; // expect: no-state-in-variables
let visits = 0; // expect: no-state-in-variables
const names = new Map<string, string>(); // expect: no-state-in-variables

attach(app).on("connection", (socket) => {
  online += 1;
  socket.emit("online", online);
});

app.get("io").on("connection", (client) => {
  client.join("visitors");
  client.on("visit", () => {
    visits += 1;
  });
});

export class Names {
  private count = 0; // expect: no-state-in-variables

  // `any`, as in programs that were JavaScript: no type says what it is, and the check goes by its use.
  constructor(private readonly sockets: any) {}

  listen() {
    this.sockets.on("connection", (socket: any) => {
      socket.on("name", (name: string) => {
        this.count += 1;
        names.set(socket.id, name);
        socket.broadcast.emit("named", name, this.count);
      });
    });
  }
}
