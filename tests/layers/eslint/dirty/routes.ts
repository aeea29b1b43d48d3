// Routes, looked up by the name of the event.
import { createServer, type Socket } from "dormouse-io";
type Handler = (socket: Socket, ...args: unknown[]) => void;
let total = 0; // expect: no-state-in-variables
const routes: Record<string, Handler> = {
  add: (_socket, amount) => {
    total += Number(amount);
  },
};
const middleware =
  (handler: Handler): Handler =>
  (socket, ...args) => {
    handler(socket, ...args);
  };
export const Room = createServer((io) => {
  io.on("connection", (socket) => {
    socket.onAny((event: string, ...args: unknown[]) => {
      const route = routes[event];
      if (route) middleware(route)(socket, ...args);
    });
  });
});
