// Loads the user first; the listener is awaited in a replay, too.
import { createServer } from "dormouse-io";

export const Profiles = createServer((io, { env }) => {
  io.on("connection", async (socket) => {
    if (!socket.restored) await env.DB.prepare("INSERT INTO logins VALUES (?)").bind(socket.id).run();
    const user = await env.DB.prepare("SELECT * FROM users WHERE id = ?").bind(socket.data.user).first();
    let greeting = "hello";
    if (user?.isNew) greeting = "welcome";
    socket.emit("greeting", greeting);
    await Promise.all(
      ["news", "chat"].map(async (topic) => {
        const response = await fetch(`https://example.com/${topic}`);
        if (response.ok) socket.on(topic, (text: string) => io.emit(topic, text));
      }),
    );
    socket.on("rename", async (name: string) => {
      await env.DB.prepare("UPDATE users SET name = ? WHERE id = ?").bind(name, socket.id).run();
      await new Promise((resolve) => setTimeout(resolve, 2000));
      socket.emit("renamed", name);
    });
  });
});
