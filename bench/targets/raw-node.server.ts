import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { JOIN } from "../measures/frames.ts";
import { reportPort } from "./report-port.ts";

/** What the handshake says where nobody set an option. */
const OPEN = { upgrades: [], pingInterval: 25_000, pingTimeout: 20_000, maxPayload: 1_000_000 };
/** A final text frame. */
const TEXT_HEAD = 0x81;
const MAX_SHORT_LENGTH = 125;
const LENGTH_IN_16_BITS = 126;

/**
 * The npm package `ws` without a protocol, which exchanges the handshake's frames, echoes what follows, and writes one
 * frame to everybody, each with one call of the system: the least that a client and its messages can cost on Node, since
 * `socket.io` and Dormouse are on `ws`, too. The answer to the upgrade leaves with the first frame.
 */
const httpServer = createServer();
const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
httpServer.on("upgrade", (request, socket: Duplex, head) => {
  socket.cork();
  server.handleUpgrade(request, socket, head, serve);
  socket.uncork();
});
reportPort(httpServer);

function serve(client: WebSocket): void {
  write(client, `0${JSON.stringify({ sid: randomUUID(), ...OPEN })}`);
  client.on("message", (data: Buffer) => {
    const text = data.toString();
    if (text.startsWith('42["broadcast"')) {
      const frame = frameOf(text);
      for (const member of server.clients) socketOf(member).write(frame);
    } else if (text === "40") write(client, `40{"sid":"${randomUUID()}"}`);
    else write(client, text === JOIN.frame ? JOIN.reply : text);
  });
}

function write(client: WebSocket, text: string): void {
  socketOf(client).write(frameOf(text));
}

/** What `ws` keeps private. */
function socketOf(client: WebSocket): Socket {
  return (client as unknown as { _socket: Socket })._socket;
}

/** The frame of an ASCII text of 64 KiB at most. */
function frameOf(text: string): Buffer {
  const { length } = text;
  const isShort = length <= MAX_SHORT_LENGTH;
  const frame = Buffer.allocUnsafe(length + (isShort ? 2 : 4));
  frame[0] = TEXT_HEAD;
  if (isShort) frame[1] = length;
  else {
    frame[1] = LENGTH_IN_16_BITS;
    frame.writeUInt16BE(length, 2);
  }
  frame.write(text, isShort ? 2 : 4, "latin1");
  return frame;
}
