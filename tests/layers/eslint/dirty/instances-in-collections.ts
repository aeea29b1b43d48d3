// Instances that collections are made with, and that change.
import { createServer } from "dormouse-io";

class Table {
  seats = 0; // expect: no-state-in-variables
  sit() {
    this.seats += 1;
  }
}
class Score {
  points = 0; // expect: no-state-in-variables
  add(points: number) {
    this.points += points;
  }
}
class Room {
  #names: string[] = []; // expect: no-state-in-variables
  enter(name: string) {
    this.#names.push(name);
  }
}
const tables = [new Table(), new Table()];
const scores = new Map([["red", new Score()]]);
const rooms: Record<string, Room> = { main: new Room() };
const actions = new Map<string, (socket: { id: string }, text: string) => void>();

export class Game extends createServer((io) => {
  io.on("connection", (socket) => {
    const act = (name: string) => (text: string) => actions.get(name)?.(socket, text);
    socket.on("sit", () => tables.find((table) => table.seats < 4)?.sit());
    socket.on("score", (color: string, points: number) => scores.get(color)?.add(points));
    socket.on("enter", (room: string, name: string) => rooms[room]?.enter(name));
    socket.on("act", act("say"));
  });
}) {}
