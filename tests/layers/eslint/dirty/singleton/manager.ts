// The one manager, made when it is first asked for.
import type { Server } from "socket.io";
export class Room {
  players: string[] = [];
  add(id: string) {
    this.players.push(id);
  }
}
export class Manager {
  private static instance: Manager;
  private rooms: Map<string, Room>;
  private io!: Server;
  private constructor() {
    this.rooms = new Map();
  }
  static getInstance(): Manager {
    if (!Manager.instance) Manager.instance = new Manager();
    return Manager.instance;
  }
  setIo(io: Server) {
    this.io = io;
  }
  join(name: string, id: string) {
    let room = this.rooms.get(name);
    if (!room) {
      room = new Room();
      this.rooms.set(name, room);
    }
    room.add(id);
    this.io.to(name).emit("players", room.players);
  }
}
