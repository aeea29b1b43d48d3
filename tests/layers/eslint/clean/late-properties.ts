import { createServer } from "dormouse-io";
import type { Socket } from "socket.io";

type Player = Socket & { country?: string; afk?: boolean; score: number };

async function locate(socket: Player): Promise<void> {
  const answer = await fetch("https://places.example");
  socket.country = await answer.text();
}

function markAway(socket: Player): void {
  socket.afk = true;
}

export class Chat extends createServer((io) => {
  io.use((socket, next) => {
    fetch("https://places.example").then((answer) => {
      (socket as Player).country = answer.statusText;
      next();
    }, next);
  });
  io.on("connection", async (socket: Player) => {
    socket.score = 0;
    await locate(socket);
    socket.afk = false;
    socket.on("rest", (ack: () => void) => {
      markAway(socket);
      setTimeout(() => {
        socket.data.afk = true;
      }, 500);
      setTimeout(() => {
        socket.afk = true;
        socket.emit("away");
      }, 500);
      setTimeout(() => {
        io.emit("back", socket.id);
        socket.afk = false;
      }, 500);
      setTimeout(() => {
        socket.score = socket.data.score;
      }, 500);
      setTimeout(() => {
        socket.afk = false;
        ack();
      }, 500);
    });
    socket.on("wait", async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      socket.score += 1;
      await fetch("https://places.example").then((answer) => {
        socket.country = answer.statusText;
      });
    });
    socket.on("both", async () => {
      const located = fetch("https://places.example").then((answer) => {
        socket.country = answer.statusText;
      });
      const scored = fetch("https://scores.example")
        .then((answer) => {
          socket.score = answer.status;
        })
        .catch(console.error);
      await located;
      await Promise.all([scored]);
    });
    socket.on("where", () => locate(socket));
    socket.on("here", () =>
      fetch("https://places.example").then((answer) => {
        socket.country = answer.statusText;
      }),
    );
  });
}) {
  score(id: string): void {
    const player = this.io.sockets.sockets.get(id) as Player;
    player.score += 1;
    player.emit("score", player.score);
  }
}
