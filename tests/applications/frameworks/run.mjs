// Runs one of these servers in a process of its own, which may be told to sleep.
import { createRequire } from "node:module";

const { http, io } = await import(process.argv[2]);
io.of("/~fence").on("connection", (socket) => socket.on("fence", (answer) => answer()));
if (!http.listening) http.listen(0, "127.0.0.1");
if (!http.listening) await new Promise((resolve) => http.once("listening", resolve));
process.on("message", async () => {
  await io.hibernate?.();
  process.send("slept");
});
const { name } = createRequire(import.meta.url)("socket.io/package.json");
process.send({ name, port: http.address().port });
