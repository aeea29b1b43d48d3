/** A way for the stock client into a stub: an object, or a Worker, that is reached by `fetch` and not by an address. */
import * as stock from "socket.io-client";

/** As much of a stub, or of a Worker, as the way needs. */
export interface Fetches {
  /** The platform's own. */
  fetch(input: string, init: { headers: Record<string, string> }): Promise<Answer>;
}

/** The answer to a request for a WebSocket. */
interface Answer {
  /** 101 if the WebSocket is open. */
  readonly status: number;
  /** Null, or undefined, if it was refused. */
  readonly webSocket?: unknown;
  /** What it says if it was refused. */
  text(): Promise<string>;
}

/** The platform's end of a WebSocket; each platform's types of it are others. */
interface AcceptedWebSocket {
  accept(): void;
  send(data: string | ArrayBuffer): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  addEventListener(type: "close", listener: (event: CloseEvent) => void): void;
}

type Transport = typeof stock.WebSocket;

/**
 * A transport for the option `transports` of `socket.io-client` (4.8 or newer). The client does not open a
 * WebSocket to its URL, but asks `target` for one. The URL's path, query and headers are what the Worker sees;
 * whichever host it names.
 *
 * @param target the stub of an object, a service binding, or a Worker's `exports.default`
 * @throws TypeError if the client is too old
 * @example
 * const chat = env.CHAT.getByName("default");
 * const socket = io("http://chat", { transports: [transportTo(chat)] });
 */
export function transportTo(target: Fetches): Transport {
  if (stock.WebSocket === undefined) {
    throw new TypeError("dormouse: transportTo needs socket.io-client 4.8 or newer");
  }
  return class extends stock.WebSocket {
    override createSocket(
      uri: string,
      _protocols: unknown,
      { headers }: { headers?: Record<string, string> },
    ): FetchedWebSocket {
      return new FetchedWebSocket(target, uri.replace(/^ws/, "http"), headers);
    }
  };
}

/** As much of a browser's `WebSocket` as the client uses. */
class FetchedWebSocket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: ((error: Error) => void) | null = null;
  /** Set by the client; binary messages are `ArrayBuffer`s in any case. */
  binaryType = "arraybuffer";
  #webSocket: AcceptedWebSocket | undefined;
  #isClosed = false;

  constructor(target: Fetches, url: string, headers: Record<string, string> | undefined) {
    this.#open(target, url, { ...headers, upgrade: "websocket" }).catch((error) => {
      if (!this.#isClosed) this.onerror?.(error);
    });
  }

  send(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#webSocket?.send(typeof data === "string" ? data : bytesOf(data));
  }

  close(): void {
    this.#isClosed = true;
    this.#webSocket?.close(1000);
  }

  async #open(target: Fetches, url: string, headers: Record<string, string>): Promise<void> {
    const answer = await target.fetch(url, { headers });
    const webSocket = (answer.webSocket ?? undefined) as AcceptedWebSocket | undefined;
    if (webSocket === undefined) {
      throw new Error(`refused with ${answer.status}: ${await answer.text()}`);
    }
    // Newer compatibility dates would give Blobs.
    (webSocket as { binaryType?: string }).binaryType = "arraybuffer";
    this.#webSocket = webSocket;
    webSocket.addEventListener("message", ({ data }) => this.onmessage?.({ data }));
    webSocket.addEventListener("close", ({ code, reason }) => this.onclose?.({ code, reason }));
    // What came meanwhile may be handed over by `accept` itself.
    if (!this.#isClosed) this.onopen?.();
    webSocket.accept();
    if (this.#isClosed) webSocket.close(1000);
  }
}

/** The part of a buffer that a view shows. */
function bytesOf(data: ArrayBuffer | ArrayBufferView): ArrayBuffer {
  if (data instanceof ArrayBuffer) return data;
  const { buffer, byteOffset, byteLength } = data;
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}
