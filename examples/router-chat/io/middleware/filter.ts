import type { Middleware } from "dormouse-io/router";
import type { Chat } from "../../events.ts";

/** A packet middleware: rooms are for those who have signed in. What it throws, or a controller, is told. */
export const filter: Middleware<Chat> = async (ctx, next) => {
  try {
    const isForMembers = String(ctx.packet?.[0]).startsWith("room:");
    if (isForMembers && ctx.session.user === undefined) throw new Error("sign in first");
    await next();
  } catch (error) {
    ctx.emit("res", `refused: ${(error as Error).message}`);
  }
};
