/** Dormouse in the same shape: real core and glue on a host in memory. */
import type { Server } from "../../glue/socket.io/server/server.ts";
import { InMemoryServer } from "../support/in-memory.ts";
import type { Peer } from "./peer.ts";

export class Dormouse {
  readonly #server: InMemoryServer;

  constructor(setup: (io: Server) => void) {
    this.#server = new InMemoryServer(setup, { allowEIO3: true });
  }

  /** What went wrong in the server itself: nothing may. */
  get errors(): unknown[] {
    return this.#server.errors;
  }

  open(protocol: 3 | 4, more: Record<string, string> = {}): Peer {
    const query = { EIO: String(protocol), transport: "websocket", ...more };
    const client = this.#server.open({ query }, protocol);
    return {
      id: client.connection.id,
      receive: (frame) => void client.emit(frame),
      sent: () => client.take(),
      isClosed: () => client.closed !== undefined,
      end: () => client.leave(),
    };
  }
}
