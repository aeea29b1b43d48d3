// Modules by names that are computed: where their folder is written down, all of it is looked at.
const fs = require("node:fs");
const path = require("node:path");
const glob = require("glob");
const { Server } = require("socket.io");
const loadAll = require("./load-all.cjs");
const io = new Server(3000);

fs.readdirSync(path.join(__dirname, "handlers")).forEach((file) => {
  require(path.join(__dirname, "handlers", file))(io);
});

for (const name of ["chess"]) {
  const game = require(`./games/${name}`);
  io.of(`/${name}`).on("connection", (socket) => game.play(socket)); // expect: no-state-in-variables
}

const plugin = require(process.env.PLUGIN); // expect: read-whole
plugin(io);
const folder = process.argv[2];
fs.readdirSync(folder).forEach((file) => require(path.join(folder, file))(io)); // expect: read-whole
loadAll(`${__dirname}/plugins`, io); // expect: read-whole
glob.sync("./handlers/{a,b}*.js").forEach((file) => require(file)(io)); // expect: read-whole
glob.sync(`${__dirname}/rounds/*.cjs`).forEach((file) => require(file).start(io)); // expect: no-timers
