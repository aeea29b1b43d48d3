/**
 * Lets a client half call functions of the server half, with nothing but the upstream API: each
 * function becomes an event of a namespace of its own, answered through the acknowledgement.
 */
import type { Server } from "socket.io";

/** The namespace that `context.control()` connects to. */
export const CONTROL_NAMESPACE = "/control";

/** A function of the server half. Its result, or the message of its error, goes to the caller. */
export type Control = (...args: never[]) => unknown;

/** What a control answers with. */
export type ControlAnswer = { value: unknown } | { error: string };

/** Offers these functions to `context.control(name, ...args)`. */
export function controls(io: Server, handlers: Record<string, Control>): void {
  io.of(CONTROL_NAMESPACE).on("connection", (socket) => {
    for (const [name, handler] of Object.entries(handlers)) {
      socket.on(name, async (...received: unknown[]) => {
        const answer = received.pop() as (answer: ControlAnswer) => void;
        try {
          answer({ value: await handler(...(received as never[])) });
        } catch (error) {
          answer({ error: error instanceof Error ? error.message : String(error) });
        }
      });
    }
  });
}
