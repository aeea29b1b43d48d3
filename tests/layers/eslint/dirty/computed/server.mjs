// The same with `import`.
import { readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import requireAll from "require-all";
import { Server } from "socket.io";

const require = createRequire(import.meta.url);
const io = new Server(3000);
const files = (await readdir(new URL("./plugins", import.meta.url))).filter((name) => name.endsWith(".mjs"));
for (const file of files) {
  const { default: register, listen } = await import(`./plugins/${file}`);
  register(io); // expect: no-state-in-variables
  io.on("connection", (socket) => listen(socket)); // expect: no-state-in-variables
}
await Promise.all(process.argv.map((name) => import(name))); // expect: read-whole
await Promise.all(["one", "two"].map((name) => import(name)));
requireAll("./more"); // expect: read-whole
const more = import.meta.glob("./more/*.js"); // expect: read-whole
const other = require(process.env.OTHER); // expect: read-whole
export { more, other };
