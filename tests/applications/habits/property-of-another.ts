/** One client's event sets properties on the socket of another. */
import type { Server, Socket } from "socket.io";

type Player = Socket & { game?: { with: string; moves: string[] } };

export function setup(io: Server): void {
  io.on("connection", (socket: Player) => {
    socket.on("challenge", () => {
      for (const other of io.sockets.sockets.values() as Iterable<Player>) {
        if (other === socket || other.game !== undefined) continue;
        socket.game = { with: other.id, moves: [] };
        other.game = { with: socket.id, moves: [] };
        return;
      }
    });
    socket.on("move", (move) => {
      const { game } = socket;
      if (game === undefined) return;
      const other = io.sockets.sockets.get(game.with) as Player | undefined;
      other?.game?.moves.push(move);
      other?.emit("moved", move);
    });
    socket.on("moves", () => {
      socket.emit("moves", socket.game?.moves);
    });
  });
}
