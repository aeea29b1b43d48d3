// Classes that extend the language's collections: what is in them is gone with them.
import { createServer, type Socket } from "dormouse-io";

class Devices extends Map<string, number> { // expect: no-state-in-variables
  changed = () => {};
  override set(name: string, value: number): this {
    super.set(name, value);
    this.changed();
    return this;
  }
}

class Channels extends Set<string> { // expect: no-state-in-variables
  toggle(name: string): void {
    if (!this.delete(name)) this.add(name);
  }
}

class Cards extends Array<string> { // expect: no-state-in-variables
  draw(): string | undefined {
    return this.pop();
  }
}

class Board extends Array<number> { // expect: no-state-in-variables
  mark(square: number): void {
    this[square] = 1;
  }
}

class Row extends Array<number> { // expect: no-state-in-variables
  empty(): void {
    this.length = 0;
  }
}

class Sockets extends Map<string, Socket> {} // expect: no-sockets-in-collections

const deck = Cards.from(["ace", "king"]) as Cards;

export const House = createServer((io) => {
  const devices = new Devices();
  devices.changed = () => io.emit("devices", [...devices]);
  const board = new Board();
  const row = new Row();
  const sockets = new Sockets();
  io.on("connection", (socket) => {
    const channels = new Channels();
    sockets.set(socket.id, socket);
    socket.on("device", (name, value) => devices.set(name, value));
    socket.on("channel", (name) => channels.toggle(name));
    socket.on("draw", () => socket.emit("card", deck.draw()));
    socket.on("mark", (square) => {
      board.mark(square);
      row.empty();
    });
  });
});
