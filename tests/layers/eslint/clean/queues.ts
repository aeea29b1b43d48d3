// What is done one after the other: of the promises nothing is lost when all is done.
import { createServer } from "dormouse-io";

type Job = () => Promise<void>;

class Queue {
  tail: Promise<unknown> = Promise.resolve();
  add(job: Job) {
    this.tail = this.tail.then(job, job);
    return this.tail;
  }
}

class Chain {
  #tail = Promise.resolve();
  run(job: Job) {
    const next = this.#tail.then(job);
    this.#tail = next.catch(() => {});
    return next;
  }
}

const queue = new Queue();
const chain = new Chain();
const tails = new Map<string, Promise<void>>();
let late: Promise<void> | undefined;
let settled = Promise.resolve();
let last = Promise.resolve<unknown>(undefined);
let begun: Promise<void> | undefined;

export const Room = createServer((io) => {
  const job = async () => void io.emit("done");
  io.on("connection", (socket) => {
    socket.on("queue", () => queue.add(job));
    socket.on("chain", () => chain.run(job));
    socket.on("late", () => {
      late = (late ?? Promise.resolve()).then(job);
      return late;
    });
    socket.on("settled", async () => {
      const next = settled.then(job);
      settled = next.catch(() => {});
      await next;
    });
    socket.on("room", (room: string) => {
      const next = (tails.get(room) ?? Promise.resolve()).then(job);
      tails.set(room, next);
      return next.finally(() => tails.delete(room));
    });
    socket.on("begin", () => {
      begun = begun ? begun.then(job) : job();
      return begun;
    });
    socket.on("last", () => {
      last = last.then(job).catch(() => {});
      return last;
    });
  });
});
