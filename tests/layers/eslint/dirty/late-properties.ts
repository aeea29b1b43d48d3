import { createServer } from "dormouse-io";
import mqtt from "mqtt";
import type { Socket } from "socket.io";
import { EventEmitter } from "node:events";

const bus = new EventEmitter();
const broker = mqtt.connect("mqtt://broker");

type Player = Socket & { country?: string; afk?: boolean; score: number; marks: string[] };

function markAway(socket: Player): void {
  socket.afk = true; // expect: no-held-data
}

async function locate(socket: Player): Promise<void> {
  socket.country = await (await fetch("https://places.example")).text(); // expect: no-held-data
}

export class Chat extends createServer((io) => {
  bus.on("scored", (id: string) => {
    const player = io.sockets.sockets.get(id) as Player;
    player.score += 1; // expect: no-held-data
  });
  broker.on("news", (id: string) => {
    const player = io.sockets.sockets.get(id) as Player;
    player.marks.push("news"); // expect: no-held-data
  });
  io.on("connection", (socket: Player) => {
    socket.on("rest", () => {
      setTimeout(() => {
        socket.afk = true; // expect: no-held-data
      }, 500);
      setTimeout(() => markAway(socket), 500);
      setTimeout(() => {
        if (socket.afk) socket.emit("away");
        delete socket.country; // expect: no-held-data
      }, 500);
      setTimeout(() => {
        socket.afk = false; // expect: no-held-data
        socket.broadcast.emit("back");
      }, 500);
    });
    socket.on("play", () => {
      const timer = setInterval(() => { // expect: no-timers
        socket.score += 1; // expect: no-held-data
        if (socket.score > 9) clearInterval(timer);
      }, 500);
    });
    socket.on("where", (url: string) => {
      fetch(url).then((answer) => {
        socket.handshake.auth.country = answer.status; // expect: no-held-data
      });
      locate(socket);
      const { request } = socket;
      fetch(url).then((answer) => {
        Object.assign(request, { status: answer.status }); // expect: no-held-data
      });
    });
    socket.on("all", (urls: string[]) => {
      urls.forEach(async (url) => {
        socket.score = 0;
        socket.country = await (await fetch(url)).text(); // expect: no-held-data
        socket.score = 1; // expect: no-held-data
      });
    });
  });
}) {
  score(id: string): void {
    const player = this.io.sockets.sockets.get(id) as Player;
    player.score += 1; // expect: no-held-data
  }
}
