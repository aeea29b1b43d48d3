/** An object of its own for each test of a file, all of one Worker, and stock clients of it. */
import { afterEach } from "node:test";
import type { Socket } from "socket.io-client";
import { ask, connect, next } from "./stock-client.ts";

export class FreshObjects {
  readonly #url: () => string;
  readonly #clients: Socket[] = [];
  #count = 0;
  #name = "";

  /** `url`: the Worker's, which takes the object's name as the parameter `name`. Clients end with each test. */
  constructor(url: () => string) {
    this.#url = url;
    afterEach(() => {
      for (const client of this.#clients.splice(0)) client.close();
    });
  }

  /** The name of the newest object. */
  get name(): string {
    return this.#name;
  }

  /** It ends with the test. */
  closeLater(client: Socket): void {
    this.#clients.push(client);
  }

  /** Clients of a new object, each in the rooms given: its event `join` puts them there. */
  async join(...rooms: string[][]): Promise<Socket[]> {
    this.#count += 1;
    this.#name = `object ${this.#count}`;
    for (const each of rooms) {
      const client = connect(this.#url(), "", { query: { name: this.#name } });
      this.#clients.push(client);
      await next(client, "connect");
      for (const room of each) await ask(client, "join", room);
    }
    return [...this.#clients];
  }
}
