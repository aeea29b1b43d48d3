// https://feathersjs.com: a service over Socket.IO, with its events to everybody.
import { feathers } from "@feathersjs/feathers";
import socketio from "@feathersjs/socketio";

class Messages {
  /** @param messages what is in the list; kept by whoever gives it */
  constructor(messages) {
    this.messages = messages;
  }

  async find() {
    return this.messages;
  }

  async create({ text }) {
    const message = { id: this.messages.length, text };
    this.messages.push(message);
    return message;
  }
}

export const makeApp = (messages, ...options) => {
  const app = feathers();
  app.configure(socketio(...options));
  app.use("messages", new Messages(messages));
  app.on("connection", (connection) => app.channel("everybody").join(connection));
  app.publish(() => app.channel("everybody"));
  return app;
};
