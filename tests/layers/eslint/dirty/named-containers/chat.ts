import type { Socket } from "dormouse-io";
import type { Users } from "./users.ts";

export class Chat {
  readonly #users: Users;
  constructor({ users }: { users: Users }) {
    this.#users = users;
  }
  serve(socket: Socket) {
    socket.on("join", (name: string) => socket.emit("users", this.#users.add(name))); // expect: no-state-in-variables
  }
}
