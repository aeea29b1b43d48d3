// What requests, brokers and devices tell, for sockets to know later.
const express = require("express");
const mqtt = require("mqtt");
const { SerialPort } = require("serialport");
const Redis = require("ioredis");
const { Server } = require("socket.io");

const app = express();
const router = express.Router();
const io = new Server(app.listen(3000));
let notice = ""; // expect: no-state-in-variables
let prices = {}; // expect: no-state-in-variables
const readings = new Map(); // expect: no-state-in-variables
let temperature; // expect: no-state-in-variables

router.post("/notice", (request, response) => {
  notice = request.body.text;
  response.end();
});
app.use(router);
const client = mqtt.connect(process.env.BROKER);
client.on("message", (topic, message) => {
  readings.set(topic, message.toString());
  io.emit("reading", topic);
});
const port = new SerialPort({ path: "/dev/ttyUSB0" });
port.on("data", measure);
function measure(data) {
  temperature = Number(data);
}
new Redis().subscribe("prices", (text) => {
  prices = JSON.parse(text);
});

io.on("connection", (socket) => {
  socket.emit("all", notice, [...readings]);
  socket.on("temperature", (answer) => answer(temperature));
  socket.on("price", (name, answer) => answer(prices[name]));
});
