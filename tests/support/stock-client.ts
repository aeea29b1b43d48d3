/** Stock clients over WebSocket, and what tests ask of them. */
import { type Socket as ClientSocket, io } from "socket.io-client";

/** A client with nothing else configured but where to. `prefix` stands before the usual path. */
export function connect(url: string, prefix = "", options: object = {}): ClientSocket {
  const path = prefix === "" ? {} : { path: `${prefix}/socket.io/` };
  return io(url, { transports: ["websocket"], forceNew: true, ...path, ...options });
}

/** What a server answers to an event. */
export function ask(socket: ClientSocket, event: string, ...args: unknown[]): Promise<unknown[]> {
  return new Promise((resolve) => {
    socket.emit(event, ...args, (...answer: unknown[]) => resolve(answer));
  });
}

/** The arguments of the next event of a name. */
export function next(socket: ClientSocket, event: string): Promise<unknown[]> {
  return new Promise((resolve) => socket.once(event, (...args: unknown[]) => resolve(args)));
}
