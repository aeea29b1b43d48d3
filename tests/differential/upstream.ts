/**
 * npm's `socket.io`, `engine.io` and their parsers on WebSockets that are lists of frames: everything
 * that upstream does with a frame, without a network.
 */
import { EventEmitter } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Server } from "socket.io";
import type { Frame } from "./packets.ts";
import type { Peer } from "./peer.ts";

const require = createRequire(import.meta.url);
const build = dirname(require.resolve("engine.io"));
const { Server: EngineServer } = require("engine.io");
const { Socket: EngineSocket } = require(join(build, "socket.js"));
const { WebSocket: Transport } = require(join(build, "transports/websocket.js"));

type EncodePacket = (
  packet: { type: string; data: unknown },
  supportsBinary: boolean,
  callback: (frame: Frame) => void,
) => void;

/** Engine.IO 3's encoder. */
export const { encodePacket: encodeProtocol3 } = require(join(build, "parser-v3/index.js")) as {
  encodePacket: EncodePacket;
};

/** The part of `ws` that the transport uses. */
class FakeWebSocket extends EventEmitter {
  readonly frames: Frame[] = [];
  isClosed = false;

  send(data: string | ArrayBuffer | ArrayBufferView, sent: () => void): void {
    if (typeof data === "string") this.frames.push(data);
    else if (data instanceof ArrayBuffer) this.frames.push(new Uint8Array(data));
    else
      this.frames.push(
        new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength),
      );
    sent();
  }

  close(): void {
    this.isClosed = true;
  }
}

export class Upstream {
  readonly #io = new Server({ connectTimeout: 1e9 });
  readonly #engine = new EngineServer({ pingInterval: 1e9, pingTimeout: 1e9 });
  #ids = 0;

  constructor(setup: (io: Server) => void) {
    setup(this.#io);
  }

  open(protocol: 3 | 4, more: Record<string, string> = {}): Peer {
    const websocket = new FakeWebSocket();
    const query = { EIO: String(protocol), transport: "websocket", ...more };
    const request = { _query: query, headers: {}, connection: {}, url: "/socket.io/", websocket };
    const transport = new Transport(request);
    const id = `engine-${this.#ids++}`;
    const conn = new EngineSocket(id, this.#engine, transport, request, protocol);
    (this.#io as unknown as { onconnection(conn: unknown): void }).onconnection(conn);
    return {
      id,
      receive(frame) {
        const isBinary = typeof frame !== "string";
        websocket.emit("message", isBinary ? Buffer.from(frame) : frame, isBinary);
      },
      sent: () => websocket.frames.splice(0),
      isClosed: () => websocket.isClosed || conn.readyState !== "open",
      end: () => void websocket.emit("close"),
    };
  }
}
