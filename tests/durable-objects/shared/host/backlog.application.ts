/** A server whose clients keep it busy: the application of backlog.test.ts, the same on every host. */
import type { Server } from "../../../../glue/socket.io/server/server.ts";

export const OPTIONS = {
  pingInterval: 1_000,
  pingTimeout: 2_000,
};

/** For how long a client stays without a ping, in milliseconds. */
export const PATIENCE = OPTIONS.pingInterval + OPTIONS.pingTimeout;

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    socket.on("work", (rounds: number, done: (result: number) => void) => done(work(rounds)));
    socket.on("disconnect", (reason: string) => console.log(`left: ${reason}`));
  });
}

/** In workerd the clock stands still meanwhile, so this is not a time but so many rounds. */
export function work(rounds: number): number {
  let sum = 0;
  for (let i = 0; i < rounds; i++) sum = (sum * 31 + i) % 1_000_003;
  return sum;
}
