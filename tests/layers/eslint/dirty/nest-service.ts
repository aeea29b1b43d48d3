// A gateway whose state is in a service that NestJS gives it.
import { SubscribeMessage, WebSocketGateway, WebSocketServer } from "@nestjs/websockets";
import type { Server, Socket } from "socket.io";

export class GameService {
  readonly queue: string[] = []; // expect: no-state-in-variables
  private games = 0; // expect: no-state-in-variables

  begin(): number {
    this.games += 1;
    return this.games;
  }
}

@WebSocketGateway()
export class GameGateway {
  @WebSocketServer()
  server: Server;

  private readonly buckets = new WeakMap<Socket, { tokens: number }>(); // expect: no-limits-in-memory

  constructor(private readonly game: GameService) {}

  handleDisconnect(socket: Socket) {
    const index = this.game.queue.indexOf(socket.data.user);
    if (index !== -1) this.game.queue.splice(index, 1);
  }

  @SubscribeMessage("join")
  join(socket: Socket) {
    const bucket = this.buckets.get(socket) ?? { tokens: 10 };
    bucket.tokens -= 1;
    this.buckets.set(socket, bucket);
    if (bucket.tokens < 0) return;
    this.game.queue.push(socket.data.user);
    if (this.game.queue.length > 1) this.server.emit("begin", this.game.begin());
  }
}
