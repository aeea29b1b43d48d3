import { WebSocket } from "ws";
import type { Endpoint } from "./commands.ts";

/** One client connection, past its handshake. */
export interface Connection {
  /** Called with each message that the protocol itself does not consume. */
  onMessage: (data: Buffer) => void;
  /** Called once when the connection ends without `close` having been called. */
  onLost: (code: number) => void;
  /** Sends one text message; `frame` is its UTF-8 encoding and is not modified. */
  send(frame: Buffer): void;
  /** Starts the closing handshake and resolves when the connection has ended. */
  close(): Promise<void>;
}

const CLOSE_TIMEOUT = 3000;
const OPEN_TIMEOUT = 20_000;
const PONG = Buffer.from("3");
const CONNECT = Buffer.from("40");

/** Opens a connection; for Socket.IO it resolves when the namespace CONNECT was answered. */
export function openConnection({ url, protocol }: Endpoint): Promise<Connection> {
  const { promise, resolve, reject } = Promise.withResolvers<Connection>();
  const ws = new WebSocket(url, {
    perMessageDeflate: false,
    skipUTF8Validation: true,
    // A zero mask is valid and saves the generator the masking; the server unmasks all the same.
    generateMask: () => {},
  });
  const connection = createConnection(ws);
  const timer = setTimeout(() => fail("timed out"), OPEN_TIMEOUT);
  const succeed = () => {
    clearTimeout(timer);
    connection.onMessage = unexpectedMessage;
    connection.onLost = () => {};
    resolve(connection);
  };
  const fail = (why: string) => {
    clearTimeout(timer);
    ws.terminate();
    reject(new Error(`connecting to ${url}: ${why}`));
  };
  connection.onLost = (code) => fail(`closed with ${code}`);
  connection.onMessage = (data) => {
    const text = data.toString("latin1");
    if (text.startsWith("0{")) connection.send(CONNECT);
    else if (text.startsWith("40{")) succeed();
    else fail(`unexpected message ${text.slice(0, 80)}`);
  };
  if (protocol === "raw") ws.once("open", succeed);
  return promise;
}

/** Opens `count` connections by `open`, at most `concurrency` handshakes at a time. */
export async function openConnections(
  endpoint: Endpoint,
  count: number,
  concurrency: number,
  open = openConnection,
): Promise<Connection[]> {
  const connections: Connection[] = [];
  let started = 0;
  const work = async () => {
    while (started < count) {
      started += 1;
      connections.push(await open(endpoint));
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(concurrency, count) }, work));
  } catch (error) {
    await closeConnections(connections);
    throw error;
  }
  return connections;
}

/** Closes all connections and waits for their end. */
export async function closeConnections(connections: readonly Connection[]): Promise<void> {
  await Promise.all(connections.map((connection) => connection.close()));
}

/** What is made of a WebSocket, which may still be connecting. */
export function createConnection(ws: WebSocket): Connection {
  let closing = false;
  const ended = new Promise<void>((resolve) => ws.once("close", () => resolve()));
  const connection: Connection = {
    onMessage: unexpectedMessage,
    onLost: () => {},
    send: (frame) => ws.send(frame, { binary: false }),
    close() {
      closing = true;
      ws.close(1000);
      const timer = setTimeout(() => ws.terminate(), CLOSE_TIMEOUT);
      return ended.finally(() => clearTimeout(timer));
    },
  };
  ws.on("message", (data: Buffer) => {
    // Engine.IO ping "2" and noop "6"; no payload of the benchmark is one byte long.
    if (data.length > 1) connection.onMessage(data);
    else if (data[0] === 0x32) ws.send(PONG, { binary: false });
  });
  ws.on("error", () => {}); // "close" follows.
  ws.once("close", (code) => {
    if (!closing) connection.onLost(code);
  });
  return connection;
}

/** The listener for messages where there should be none. */
export function unexpectedMessage(data: Buffer): void {
  throw new Error(`unexpected message ${data.toString("latin1", 0, 80)}`);
}
