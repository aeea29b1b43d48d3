// https://feathersjs.com: a service over Socket.IO, with its events to everybody.
import { feathers } from "@feathersjs/feathers";
import socketio from "@feathersjs/socketio";

class Messages {
  messages = [];

  async find() {
    return this.messages;
  }

  async create({ text }) {
    const message = { id: this.messages.length, text };
    this.messages.push(message);
    return message;
  }
}

export let io;
const app = feathers();
app.configure(
  // For Dormouse: channels, in which the framework keeps its connections, are filled by connection listeners.
  socketio({ replay: "eager" }, (server) => {
    io = server;
  }),
);
app.use("messages", new Messages());
app.on("connection", (connection) => app.channel("everybody").join(connection));
app.publish(() => app.channel("everybody"));
export const http = await app.listen(0);
