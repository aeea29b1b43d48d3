// What listeners keep on the application of a framework, on the HTTP server, and in functions that hang on others.
const http = require("node:http");
const express = require("express");
const { Server } = require("socket.io");
const { join } = require("./join.cjs");

const app = express();
app.set("view engine", "ejs");
app.set("users", {}); // expect: no-state-in-variables
app.locals.count = 0; // expect: no-state-in-variables
app.locals.rooms = new Map(); // expect: no-state-in-variables
app.players = {}; // expect: no-sockets-in-collections
app.get("/users", (req, res) => res.json(req.app.get("users")));

const server = http.createServer(app);
const io = new Server(server);
let greeted = 0; // expect: no-state-in-variables
let greetings = 0; // expect: no-state-in-variables

class Game {
  moves = 0; // expect: no-state-in-variables
  move() {
    this.moves += 1;
  }
}
io.game = new Game();
io.greet = function (name) {
  greeted += 1;
  io.emit("hello", name);
};

io.on("connection", (socket) => {
  socket.greet = () => {
    greetings += 1;
  };
  app.players[socket.id] = socket;
  socket.on("name", (name) => {
    app.get("users")[socket.id] = name;
    app.locals.count++;
    app.locals.rooms.set(socket.id, name);
    app.locals.last = name; // expect: no-state-in-variables
    server.started = true; // expect: no-state-in-variables
    app.set("topic", name); // expect: no-state-in-variables
    io.greet(name);
    socket.greet();
    io.game.move();
    join(app, io, name); // expect: no-state-in-variables
  });
});

app.set("io", io);
app.io = io;
let pings = 0; // expect: no-state-in-variables
app.get("io").on("connection", (socket) => {
  socket.on("ping", () => app.io.emit("pings", ++pings));
});
server.listen(3000);
