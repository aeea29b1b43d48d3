import type { Server, Socket } from "dormouse-io";

class Cards {
  titles: string[] = []; // expect: no-state-in-variables
  add(title: string) {
    this.titles = [...this.titles, title];
    return this.titles;
  }
}

class Controller {
  readonly cards: Cards;
  constructor(cards: Cards) {
    this.cards = cards;
  }
  register = (io: Server, socket: Socket) => {
    socket.on("add", (title: string) => io.emit("cards", this.cards.add(title)));
  };
}

export const controllers = () => [new Controller(new Cards())];
