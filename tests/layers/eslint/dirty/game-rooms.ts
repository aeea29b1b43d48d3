// Rooms with a game loop each.
import { createServer } from "dormouse-io";

interface Player {
  x: number;
  y: number;
}

interface Room {
  players: Map<string, Player>;
  loop?: ReturnType<typeof setInterval>;
}

export const Arena = createServer((io) => {
  const rooms = new Map<string, Room>(); // expect: no-state-in-variables

  const tick = (name: string): void => {
    const room = rooms.get(name);
    if (!room) return;
    io.to(name).emit("state", [...room.players]);
  };

  io.on("connection", (socket) => {
    socket.on("join", (name: string) => {
      let room = rooms.get(name);
      if (!room) {
        room = { players: new Map() };
        rooms.set(name, room);
        room.loop = setInterval(() => tick(name), 50); // expect: no-timers
      }
      room.players.set(socket.id, { x: 0, y: 0 });
      socket.join(name);
      socket.data.room = name;
    });

    socket.on("move", (x: number, y: number) => {
      const player = rooms.get(socket.data.room)?.players.get(socket.id);
      if (player) {
        player.x = x;
        player.y = y;
      }
    });

    socket.on("disconnect", () => {
      const room = rooms.get(socket.data.room);
      room?.players.delete(socket.id);
      if (room && room.players.size === 0) {
        clearInterval(room.loop);
        rooms.delete(socket.data.room);
      }
    });
  });
});
