// What a connection listener makes and puts on its socket is filled, in a replay, with what was kept.
import { createServer, type Socket } from "dormouse-io";

interface Playing extends Socket {
  seen?: Set<string>;
}

export const Game = createServer((io) => {
  io.on("connection", (socket: Playing) => {
    const player = { lives: 3, items: [] as string[] };
    socket.data.player = player;
    const seen = new Set<string>();
    socket.seen = seen;
    const votes = new Map<string, number>();
    socket.data.votes = votes;
    // biome-ignore lint/suspicious/noAssignInExpressions: as people write it
    const marks = (socket.data.marks = {} as Record<string, number>);
    socket.data.bytes ??= new Uint8Array(8);
    const view = new DataView(socket.data.bytes.buffer);
    const words = new Uint16Array(socket.data.bytes.buffer);
    // biome-ignore lint/suspicious/noAssignInExpressions: as people write it
    const board = (socket.data.board = new Uint8Array(9));
    const squares = new DataView(board.buffer);
    socket.on("put", (at: number, value: number) => {
      board[at] = value;
      squares.setUint8(at, value);
      view.setUint8(at, value);
      words[at] = value;
      marks[`at ${at}`] = value;
    });
    socket.on("hit", () => {
      player.lives -= 1;
      io.emit("lives", socket.data.player.lives);
    });
    socket.on("take", (item) => player.items.push(item));
    socket.on("see", (name) => seen.add(name));
    socket.on("vote", (name) => votes.set(name, 1));
  });
});
