/** How the rules visit a server: with a stock client, or with bare frames. */
import type { Socket as ClientSocket } from "socket.io-client";
import { BareClient } from "../support/bare-client.ts";
import { type RawAnswer, upgrade } from "../support/raw-http.ts";
import { connect } from "../support/stock-client.ts";
import type { Host, Place } from "./hosts.ts";
import type { ServerName } from "./servers.ts";

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
export class Bare extends BareClient {
  /** `answersPings`: as a client must. */
  constructor(place: Place, options: { answersPings: boolean }) {
    super(`${urlOf(place)}?EIO=4&transport=websocket`, options);
  }
}
