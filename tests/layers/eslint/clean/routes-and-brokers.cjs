// What requests and brokers tell, and sockets need not know later, or what is told again after a sleep.
const express = require("express");
const mqtt = require("mqtt");
const { createClient } = require("redis");
const { Server } = require("socket.io");

const app = express();
const io = new Server(app.listen(3000));
let requests = 0;
let last;
let isReady = false;
const titles = {};

app.get("/requests", (request, response) => {
  requests += 1;
  last = request.ip;
  setTimeout(() => response.json({ requests, last }), 2000);
});
const client = mqtt.connect(process.env.BROKER);
client.on("connect", () => {
  isReady = true;
});
client.on("message", (topic, message) => {
  const text = message.toString();
  io.to(topic).emit("reading", text);
});
const redis = createClient();
redis.on("ready", () => {
  titles.main = "Chat";
});

io.on("connection", (socket) => {
  socket.on("title", (answer) => answer(titles.main));
  socket.on("watch", (topic) => {
    if (isReady) socket.join(topic);
  });
});
