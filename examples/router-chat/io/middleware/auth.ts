import type { Middleware } from "dormouse-io/router";
import type { Chat } from "../../events.ts";

/** A connection middleware: before `next()` the client is being admitted, behind it it has gone. */
export const auth: Middleware<Chat> = async (ctx, next) => {
  const { user = "stranger" } = ctx.session;
  ctx.socket.emit("res", `connected, ${user}!`);
  await next();
  // Runs when the socket disconnects, also if the object has slept in between.
  ctx.io.emit("res", `${user} has gone: ${ctx.reason}`);
};
