// Locks of promises: who holds one is at work, and the server stays awake for that.
import { createServer } from "dormouse-io";

class Mutex {
  #tail: Promise<void> = Promise.resolve();
  async acquire() {
    let release = () => {};
    const next = new Promise<void>((done) => {
      release = done;
    });
    const before = this.#tail;
    this.#tail = next;
    await before;
    return release;
  }
}

const mutex = new Mutex();
let tail = Promise.resolve();
let gate: Promise<void> | null = null;
let door: Promise<void> | undefined;

export const Bank = createServer((io) => {
  io.on("connection", (socket) => {
    socket.on("pay", async (url: string) => {
      const release = await mutex.acquire();
      await fetch(url);
      release();
    });
    socket.on("order", async (url: string) => {
      const before = tail;
      let release = () => {};
      tail = new Promise((done) => {
        release = done;
      });
      await before;
      try {
        await fetch(url);
      } finally {
        release();
      }
    });
    socket.on("ask", async (url: string) => {
      while (gate) await gate;
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      await fetch(url);
      gate = null;
      resolve();
    });
    socket.on("enter", async (url: string) => {
      while (door) await door;
      let leave = () => {};
      door = new Promise((done) => {
        leave = () => {
          door = undefined;
          done();
        };
      });
      io.emit("entered", (await fetch(url)).status);
      leave();
    });
  });
});
