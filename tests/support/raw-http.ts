/** Requests and upgrades by hand, to read answers from the wire. */
import { type IncomingHttpHeaders, type RequestOptions, request } from "node:http";
import type { Duplex } from "node:stream";

/** An answer that was not an upgrade, or the head of one. */
export interface RawAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** Names and values as they came, several of one name, too. */
  rawHeaders: string[];
  body: string;
  /** Set if the server switched protocols. */
  socket?: Duplex;
}

const HANDSHAKE_QUERY = "EIO=4&transport=websocket";

/** Sends a request. */
export function send(url: string, options: RequestOptions = {}): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent: false, ...options });
    sent.on("error", reject);
    sent.on("upgrade", ({ headers, rawHeaders, statusCode = 0 }, socket) => {
      resolve({ status: statusCode, headers, rawHeaders, body: "", socket });
    });
    sent.on("response", (response) => {
      const { headers, rawHeaders, statusCode = 0 } = response;
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        body += chunk;
      });
      response.on("end", () => resolve({ status: statusCode, headers, rawHeaders, body }));
    });
    sent.end();
  });
}

/** Asks for a WebSocket at `/socket.io/`. `query` replaces the usual one. */
export async function upgrade(
  origin: string,
  headers: Record<string, string> = {},
  query = HANDSHAKE_QUERY,
): Promise<RawAnswer> {
  const answer = await send(`${origin}/socket.io/?${query}`, {
    headers: {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      ...headers,
    },
  });
  answer.socket?.on("error", () => {});
  answer.socket?.destroy();
  return answer;
}
