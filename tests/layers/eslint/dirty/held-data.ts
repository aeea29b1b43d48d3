import { EventEmitter } from "node:events";
import { createServer } from "dormouse-io";
import mqtt from "mqtt";

const bus = new EventEmitter();
const broker = mqtt.connect("mqtt://broker");

export class Chat extends createServer((io) => {
  io.on("connection", (socket) => {
    const { data } = socket;
    bus.on("news", (news: string) => {
      data.news = news; // expect: no-held-data
    });
    broker.on("message", (topic: string) => {
      data.topic = topic; // expect: no-held-data
    });
    socket.on("join", () => {
      const mine = socket.data;
      setTimeout(() => (mine.late = true), 100); // expect: no-held-data
      data.joined = true;
    });
    socket.on("load", (url: string) => {
      const { list } = socket.data as { list: string[] };
      const found = socket.data.found;
      fetch(url).then((answer) => {
        found.push(answer.status); // expect: no-held-data
        delete data.pending; // expect: no-held-data
        socket.data.loaded = list.length;
      });
    });
  });
}) {}
