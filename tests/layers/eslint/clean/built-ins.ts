// What remembers, where it is made for an event, made again, or of no use any more.
import { createHash } from "node:crypto";
import { on } from "node:events";
import type { Server } from "socket.io";

const base = new URLSearchParams();
base.set("version", "1");
const decoder = new TextDecoder();
const palette = ["red", "green"];

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    let isHere = true;
    const leaving = new AbortController();
    const first = palette.values().next().value;
    socket.data.colors ??= [];
    socket.on("disconnect", () => {
      isHere = false;
      leaving.abort();
    });
    socket.on("search", async (text: string) => {
      const { signal } = leaving;
      const found = await fetch(`https://search.example/${text}`, { signal });
      if (isHere) socket.emit("found", await found.text());
    });
    socket.on("hash", (text: string, answer) => {
      const hash = createHash("sha256");
      hash.update(text);
      answer(hash.digest("hex"), createHash("sha1").update(text).digest("hex"));
    });
    socket.on("query", (name: string, answer) => {
      const query = new URLSearchParams(base);
      query.set("name", name);
      answer(query.toString(), first);
    });
    socket.on("tomorrow", (answer) => {
      const day = new Date();
      day.setDate(day.getDate() + 1);
      answer(day.toISOString());
    });
    socket.on("text", (bytes: Uint8Array, answer) => answer(decoder.decode(bytes)));
    socket.on("colors", (given: string[], answer) => {
      let last = "";
      for (last of given);
      Array.prototype.push.apply(socket.data.colors, given);
      Reflect.set(socket.data, "last", last);
      const names = given.values();
      names.next();
      answer(names.next().value);
    });
  });
  io.of("/sums").on("connection", async (socket) => {
    for await (const [number] of on(socket as never, "add")) {
      const both = [number];
      both.push(number);
      socket.emit("both", both);
    }
  });
}
