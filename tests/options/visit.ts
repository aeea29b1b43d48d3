/** How the rules visit a server: with a stock client, or with bare frames. */
import { once } from "node:events";
import type { Socket as ClientSocket } from "socket.io-client";
import { WebSocket } from "ws";
import { type RawAnswer, upgrade } from "../support/raw-http.ts";
import { connect } from "../support/stock-client.ts";
import type { Host, Place } from "./hosts.ts";
import type { ServerName } from "./servers.ts";

const PING = "2";
const PONG = "3";

/** Where a request to a place goes. */
export function urlOf({ origin, prefix }: Place, path = "/socket.io/"): string {
  return origin + prefix + path;
}

/** Asks a new room of a server for a WebSocket. `query` comes behind the usual parameters. */
export function ask(
  host: Host,
  server: ServerName,
  query = "",
  headers: Record<string, string> = {},
): Promise<RawAnswer> {
  const usual = "EIO=4&transport=websocket";
  return upgrade(
    urlOf(host.newRoom(server), ""),
    headers,
    query === "" ? usual : `${usual}&${query}`,
  );
}

/** A stock client of a place, which does not come back when it is lost. */
export function visit(place: Place, options: object = {}): ClientSocket {
  return connect(place.origin, place.prefix, { reconnection: false, ...options });
}

/** A bare WebSocket to a place. */
export class Bare {
  readonly frames: string[] = [];
  readonly #socket: WebSocket;
  readonly #closed: Promise<{ code: number; reason: string }>;

  /** `answersPings`: as a client must. */
  constructor(place: Place, { answersPings }: { answersPings: boolean }) {
    const url = `${urlOf(place).replace("http", "ws")}?EIO=4&transport=websocket`;
    this.#socket = new WebSocket(url);
    this.#socket.on("error", () => {});
    this.#socket.on("message", (data) => {
      this.frames.push(`${data}`);
      if (`${data}` === PING && answersPings) this.#socket.send(PONG);
    });
    this.#closed = once(this.#socket, "close").then(([code, reason]) => {
      return { code: code as number, reason: `${reason}` };
    });
  }

  /** Resolves with the handshake. */
  async opened(): Promise<Record<string, unknown>> {
    while (this.frames.length === 0) await once(this.#socket, "message");
    return JSON.parse(`${this.frames[0]}`.slice(1)) as Record<string, unknown>;
  }

  send(frame: string): void {
    this.#socket.send(frame);
  }

  /** Resolves when the server has closed it. */
  closed(): Promise<{ code: number; reason: string }> {
    return this.#closed;
  }

  end(): void {
    this.#socket.terminate();
  }
}
