/** The subprotocol of a WebSocket (RFC 6455, 1.9), which no platform of Workers chooses by itself. */

export const PROTOCOL_HEADER = "sec-websocket-protocol";

/** What HTTP calls a token. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;

/**
 * The first of those that a client offers: the value of its header. A client that offers any fails when
 * the answer names none. Undefined if it offers none.
 */
export function chooseSubprotocol(offered: string | undefined): string | undefined {
  if (offered === undefined) return undefined;
  const first = (offered.split(",", 1)[0] as string).trim();
  return TOKEN.test(first) ? first : undefined;
}
