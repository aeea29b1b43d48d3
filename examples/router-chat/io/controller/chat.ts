import { Controller } from "dormouse-io/router";
import type { ChatContext } from "../../events.ts";

/** egg-socket.io's own example. */
export class ChatController extends Controller<ChatContext> {
  async ping() {
    const message = String(this.ctx.args[0]);
    await this.ctx.socket.emit("res", `Hi! I've got your message: ${message}`);
    return message.length;
  }
}
