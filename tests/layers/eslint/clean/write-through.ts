// Variables that setup fills from the storage are there again after a sleep.
import { createServer } from "dormouse-io";

export const Document = createServer(async (io, { ctx }) => {
  let text = ctx.storage.kv.get<string>("text") ?? "";
  const notes = new Map<string, string>(await ctx.storage.get<[string, string][]>("notes"));
  const seen = new Map<string, number>();
  let version: number;

  for (const [key, value] of await ctx.storage.list<number>({ prefix: "seen:" })) {
    seen.set(key, value);
  }
  await ctx.blockConcurrencyWhile(async () => {
    version = (await ctx.storage.get<number>("version")) ?? 0;
  });

  io.on("connection", (socket) => {
    socket.emit("text", text, version);
    socket.on("edit", (edited: string) => {
      text = edited;
      version += 1;
      ctx.storage.kv.put("text", text);
      ctx.storage.kv.put("version", version);
      io.emit("text", text, version);
    });
    socket.on("note", (name: string, note: string) => {
      notes.set(name, note);
      seen.set(`seen:${name}`, Date.now());
      ctx.storage.put("notes", [...notes]);
      ctx.storage.put(`seen:${name}`, Date.now());
    });
  });
});
