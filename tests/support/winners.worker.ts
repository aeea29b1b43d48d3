/** A server that tells its clients what it has changed and scheduled: the code, in any object and party. */
import type { Server } from "../../glue/socket.io/server/server.ts";
import type { DefaultEventsMap } from "../../glue/socket.io/types/typed-events.ts";

/** What it keeps. */
export interface Kept {
  players?: Map<string, { joined: Date }>;
  called?: string[];
}

/** What somebody who asks gets. */
export interface State {
  players: number;
  called: string[];
}

type Events = DefaultEventsMap;

export function playWinners(io: Server<Events, Events, Events, unknown, Kept>): void {
  io.data.players ??= new Map();
  const { players } = io.data;
  io.schedule.on("call", (what) => {
    io.data.called = [...(io.data.called ?? []), what];
  });
  io.on("connection", (socket) => {
    const { name } = socket.handshake.auth;
    players.set(name, { joined: new Date(1) });
    socket.on("disconnect", () => void players.delete(name));
    socket.on("win", (number, answer) => {
      players.set(`winner ${number}`, { joined: new Date(number) });
      answer(number);
    });
    socket.on("call", (milliseconds, what, answer) => {
      io.schedule.after(milliseconds, "call", { args: [what] });
      answer();
    });
    socket.on("state", (answer) => {
      answer({ players: players.size, called: io.data.called ?? [] } satisfies State);
    });
  });
}
