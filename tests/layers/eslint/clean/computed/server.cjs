// Modules by names that are computed, and all that they may be.
const { readdirSync } = require("node:fs");
const { join, resolve } = require("node:path");
const { globSync } = require("glob");
const { Server } = require("socket.io");
const io = new Server(3000);

const HANDLERS = join(__dirname, "handlers");
readdirSync(HANDLERS)
  .filter((file) => file.endsWith(".cjs"))
  .map((file) => join(HANDLERS, file))
  .forEach((file) => require(file)(io));

globSync(join(__dirname, "handlers/**/*.cjs")).forEach((file) => require(resolve(file))(io));

function load(folder, name) {
  return require(folder + "/" + name);
}
load("./handlers", "say.cjs")(io);

io.on("connection", (socket) => {
  const language = socket.handshake.query.language === "de" ? "de" : "en";
  socket.emit("words", require(`./words/${language}.json`), require("./words/" + "all.json"));
});
