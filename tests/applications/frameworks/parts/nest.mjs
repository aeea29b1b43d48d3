// https://docs.nestjs.com/websockets/gateways, without a compiler for its decorators.
import "reflect-metadata";
import { Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { IoAdapter } from "@nestjs/platform-socket.io";
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
} from "@nestjs/websockets";

export class EventsGateway {
  join(room, client) {
    client.join(room);
    return { event: "joined", data: room };
  }

  say({ room, text }) {
    this.server.to(room).emit("said", text);
  }
}

const { prototype } = EventsGateway;
const describe = (name) => Object.getOwnPropertyDescriptor(prototype, name);
WebSocketGateway()(EventsGateway);
WebSocketServer()(prototype, "server");
SubscribeMessage("join")(prototype, "join", describe("join"));
MessageBody()(prototype, "join", 0);
ConnectedSocket()(prototype, "join", 1);
SubscribeMessage("say")(prototype, "say", describe("say"));
MessageBody()(prototype, "say", 0);

class AppModule {}
Module({ providers: [EventsGateway] })(AppModule);

export async function makeApp() {
  const app = await NestFactory.create(AppModule, { logger: ["error"] });
  app.useWebSocketAdapter(new IoAdapter(app));
  return app;
}
