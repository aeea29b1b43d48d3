// What is hung on the application at the start, and only read; what of it is no state.
const http = require("node:http");
const express = require("express");
const { Server } = require("socket.io");
const db = require("./db.cjs");

const app = express();
app.set("port", process.env.PORT || 3000);
app.set("words", ["one", "two"]);
app.locals.title = "Chat";
app.db = db.connect();
app.use(express.static("public"));
app.get("/", (req, res) => {
  req.app.locals.visits = (req.app.locals.visits || 0) + 1;
  res.locals.name = req.query.name;
  res.render("index", { title: app.locals.title });
});

const server = http.createServer(app);
const io = new Server(server);
app.set("io", io);
io.words = app.get("words");
io.announce = (text) => io.emit("announcement", text);

io.on("connection", (socket) => {
  socket.greet = (name) => socket.emit("hello", name);
  socket.emit("title", app.locals.title, io.words.length, app.get("words").join());
  socket.on("name", async (name) => {
    socket.greet(name);
    const user = await app.db.users.findOne({ name });
    user.seen = Date.now();
    await user.save();
    app.get("io").emit("named", name);
    io.announce(`${name} is here`);
  });
});
server.listen(app.get("port"));
