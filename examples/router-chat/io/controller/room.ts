import { Controller } from "dormouse-io/router";
import type { ChatContext } from "../../events.ts";

/** Rooms, for those who have signed in (see the middleware `filter`). */
export class RoomController extends Controller<ChatContext> {
  async enter() {
    const room = `room:${this.ctx.args[0]}`;
    await this.ctx.join(room);
    return (await this.ctx.io.in(room).fetchSockets()).length;
  }

  async say() {
    const [name, message] = this.ctx.args.map(String) as [string, string];
    const { user = "somebody" } = this.ctx.session;
    if (!this.ctx.rooms.has(`room:${name}`)) throw new Error(`${user} is not in ${name}`);
    this.ctx.io.in(`room:${name}`).emit("said", name, user, message);
  }
}
