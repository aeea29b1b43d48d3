/** Stock clients over WebSocket, and what tests ask of them. */
import { after } from "node:test";
import { type Socket as ClientSocket, io } from "socket.io-client";

/** All of the file. One that a test leaves open when it fails would try to connect for ever. */
const clients = new Set<ClientSocket>();
after(() => {
  for (const client of clients) end(client);
});

/** A client with nothing else configured but where to. `prefix` stands before the usual path. */
export function connect(url: string, prefix = "", options: object = {}): ClientSocket {
  const path = prefix === "" ? {} : { path: `${prefix}/socket.io/` };
  const client = io(url, { transports: ["websocket"], forceNew: true, ...path, ...options });
  clients.add(client);
  return client;
}

/** Whatever namespaces it is in. */
function end(client: ClientSocket): void {
  client.io.reconnection(false);
  client.close();
  client.io.engine?.close();
}

/** What a server answers to an event. */
export function ask(socket: ClientSocket, event: string, ...args: unknown[]): Promise<unknown[]> {
  return wait(socket, `the answer to ${event}`, (done) => socket.emit(event, ...args, done));
}

/** The arguments of the next event of a name. */
export function next(socket: ClientSocket, event: string): Promise<unknown[]> {
  return wait(socket, event, (done) => socket.once(event, done));
}

/** Much longer than anything takes: so that a client that was lost says so, and when. */
const PATIENCE = 60_000;

function wait(
  socket: ClientSocket,
  what: string,
  start: (done: (...args: unknown[]) => void) => void,
): Promise<unknown[]> {
  const waited = new Promise<unknown[]>((resolve, reject) => {
    const fail = (): void => {
      const state = socket.connected ? "connected" : "not connected";
      reject(new Error(`waited in vain for ${what}; the client is ${state}`));
    };
    const timer = setTimeout(fail, PATIENCE).unref();
    start((...args) => {
      clearTimeout(timer);
      resolve(args);
    });
  });
  // Not everybody who starts to wait goes on.
  waited.catch(() => {});
  return waited;
}
