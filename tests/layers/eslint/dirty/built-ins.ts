// What the language and the platform have that remembers, beside collections.
import { createHash } from "node:crypto";
import { on } from "node:events";
import type { Server, Socket } from "socket.io";

const view = new DataView(new ArrayBuffer(16)); // expect: no-state-in-variables
const names: string[] = []; // expect: no-state-in-variables
const state: Record<string, unknown> = {}; // expect: no-state-in-variables
const params = new URLSearchParams(); // expect: no-state-in-variables
const started = new Date(0); // expect: no-state-in-variables
let latest = ""; // expect: no-state-in-variables

namespace Rounds {
  export let round = 0; // expect: no-state-in-variables
  export let winner = ""; // expect: no-state-in-variables
  export function next(): number {
    round += 1;
    return round;
  }
}

export function setup(io: Server): void {
  const words = ["one", "two", "three"].values(); // expect: no-state-in-variables
  io.on("connection", (socket) => {
    const hash = createHash("sha256"); // expect: no-state-in-variables
    const decoder = new TextDecoder(); // expect: no-state-in-variables
    const stopping = new AbortController(); // expect: no-state-in-variables
    socket.on("chunk", (chunk: Uint8Array) => {
      hash.update(chunk);
      socket.emit("text", decoder.decode(chunk, { stream: true }));
    });
    socket.on("stop", () => stopping.abort());
    socket.on("pixel", (at: number, color: number) => view.setUint8(at, color));
    socket.on("names", (given: string[]) => {
      Array.prototype.push.apply(names, given);
      for (latest of given);
    });
    socket.on("set", (key: string, value: unknown) => Reflect.set(state, key, value));
    socket.on("param", (key: string, value: string) => params.append(key, value));
    socket.on("start", () => started.setTime(Date.now()));
    socket.on("word", () => socket.emit("word", words.next().value));
    socket.on("round", () => io.emit("round", Rounds.next()));
    socket.on("won", (name: string) => {
      Rounds.winner = name;
    });
  });
}

export function add(io: Server): void {
  io.on("connection", async (socket: Socket) => {
    let sum = 0; // expect: no-state-in-variables
    for await (const [number] of on(socket as never, "add")) {
      const twice = [number];
      twice.push(number);
      sum += number;
      socket.emit("sum", sum, twice);
    }
  });
}
