// Promises that hand on what was found out, or that events put into a map for others.
import { createServer } from "dormouse-io";

let total = Promise.resolve(0); // expect: no-state-in-variables
let text = Promise.resolve(); // expect: no-state-in-variables
let found: Promise<string> | undefined; // expect: no-state-in-variables
let first: Promise<string> | undefined; // expect: no-state-in-variables
const asked = new Map<string, Promise<string>>(); // expect: no-state-in-variables

export const Room = createServer((io) => {
  const ask = async (name: string) => `${name} of ${io.data.place}`;
  io.on("connection", (socket) => {
    socket.on("add", (count: number) => {
      total = total.then((before) => before + count);
      return total;
    });
    socket.on("text", (more: string) => {
      text = (text as Promise<string>).then((before) => before + more) as typeof text;
      return text;
    });
    socket.on("find", (name: string) => {
      found = ask(name);
      asked.set(name, found);
    });
    socket.on("first", async (done: (text: string) => void) => {
      first = first ? first.then((before) => `${before}!`) : ask("first");
      done(await first);
    });
    socket.on("found", async (done: (...all: unknown[]) => void) => done(await found, asked.size));
  });
});
