// `io` and `socket` among other things that a function is given, by whomever.
import type { Server, Socket } from "socket.io";

const rooms: Record<string, string[]> = {}; // expect: no-state-in-variables
const users = new Map<string, string>(); // expect: no-state-in-variables
const scores: Record<string, number> = {}; // expect: no-state-in-variables
const totals = { all: 0 }; // expect: no-state-in-variables

export function serve({ io }: { io: Server }): void {
  io.on("connection", (socket) => {
    socket.on("create", (name: string) => {
      rooms[name] = [socket.id];
    });
  });
}

interface Base {
  socket: Socket;
}
interface Context extends Base {
  io: Server;
  title: string;
}
export const addLogin = ({ socket, io }: Context): void => {
  socket.on("login", (name: string) => {
    users.set(socket.id, name);
    io.emit("users", [...users.values()]);
  });
};

export function addScores(context: Context & { limit: number }): void {
  const { socket } = context;
  socket.on("score", (points: number) => {
    scores[socket.id] = points;
    count(context.io);
  });
}

function count(io: Server, all = totals): void {
  all.all += 1;
  io.emit("all", all.all);
}

function join(this: { members: string[] }, io: Server, name: string): void {
  this.members.push(name);
  io.emit("members", this.members);
}

export function setup(io: Server): void {
  const lobby = { members: [] as string[] }; // expect: no-state-in-variables
  io.on("connection", (socket) => {
    socket.on("join", join.bind(lobby, io));
  });
}
