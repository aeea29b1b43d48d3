/**
 * A fence proves that a server has read everything that a connection sent before it, and that the
 * connection has read everything that the server answered. It asks for a namespace that does not
 * exist: every server refuses it in order, and no listener of the application is involved (a
 * function given to `io.of` sees the name; such scenarios wait for conditions instead).
 */
import { PATIENCE } from "./wait.ts";

const PREFIX = "/~fence";

let last = 0;

/** A connection, as far as a fence needs it. */
export interface FencedConnection {
  /** Sends a Socket.IO packet. */
  send(text: string): void;
  /** Listens for Socket.IO packets and for the end; the result stops listening. */
  listen(onText: (data: unknown) => void, onClose: () => void): () => void;
}

/**
 * Resolves when the fence's answer is there (a refusal; an admission, if a parent namespace takes
 * every name), or the connection is closed.
 */
export function fence(connection: FencedConnection): Promise<void> {
  const name = `${PREFIX}-${++last}`;
  return new Promise((resolve, reject) => {
    const finish = () => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    const timer = setTimeout(() => {
      stop();
      reject(new Error("a fence was not answered"));
    }, PATIENCE);
    const stop = connection.listen((data) => {
      if (typeof data === "string" && /^[04]/.test(data) && data.startsWith(`${name},`, 1))
        finish();
    }, finish);
    connection.send(`0${name},`);
  });
}

/** Whether a frame or name belongs to a fence. */
export function isFence(text: string): boolean {
  return text.includes(PREFIX);
}
