import { MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from "@nestjs/websockets";
import type { Server, Socket } from "socket.io";

@WebSocketGateway({ cors: true })
export class ChatGateway {
  @WebSocketServer()
  server: Server;

  private messages: string[] = []; // expect: no-state-in-variables
  private readonly clients = new Map<string, Socket>(); // expect: no-sockets-in-collections
  private readonly name = "chat";

  handleConnection(client: Socket) {
    this.clients.set(client.id, client);
    client.emit("history", this.name, this.messages);
  }

  handleDisconnect(client: Socket) {
    this.clients.delete(client.id);
  }

  @SubscribeMessage("message")
  onMessage(@MessageBody() text: string) {
    this.messages = [...this.messages, text];
    this.server.emit("message", text);
  }
}
