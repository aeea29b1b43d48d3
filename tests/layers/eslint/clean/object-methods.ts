// An object whose methods keep what they know in its storage, and one that does not sleep.
import { createServer } from "dormouse-io/partyserver";

export class Chat extends createServer((io) => {
  io.on("connection", (socket) => socket.on("say", (text: string) => io.emit("said", text)));
}) {
  readonly #sql = this.ctx.storage.sql;
  words: string[] = [];

  onStart(): void {
    this.words = this.#sql.exec("SELECT word FROM words").toArray().map(({ word }) => word);
  }

  async add(word: string): Promise<void> {
    this.#sql.exec("INSERT INTO words VALUES (?)", word);
    this.io.emit("added", word, this.words.length);
  }
}

export class Awake extends createServer({ hibernate: false }, (io) => {
  io.on("connection", (socket) => socket.on("say", (text: string) => io.emit("said", text)));
}) {
  visits = 0;

  async fetch(request: Request): Promise<Response> {
    this.visits += 1;
    return super.fetch(request);
  }
}
