/** Clients that begin with HTTP long-polling, and send and ask for the same as stock clients do. */
import { Agent, request } from "node:http";
import { WebSocket } from "ws";
import type { Endpoint } from "./commands.ts";
import { type Connection, createConnection, unexpectedMessage } from "./connection.ts";

const SEPARATOR = "\x1e";
const CONNECT = "40";
const CLOSE = "1";
const PING = "2";
const PONG = "3";
const NOOP = "6";
const PROBE = Buffer.from("2probe");
const PROBED = "3probe";
const UPGRADE = Buffer.from("5");
const OK = 200;
/** The code of a WebSocket that ends without one. */
const ABNORMAL_CLOSURE = 1006;

/** Resolves when the namespace CONNECT was answered; a GET waits from then on. */
export async function openPolling(endpoint: Endpoint): Promise<Connection> {
  const session = await Session.open(endpoint);
  const joined = Promise.withResolvers<void>();
  const connection: Connection = {
    onMessage: (data) => {
      if (!isJoined(data)) return unexpectedMessage(data);
      connection.onMessage = unexpectedMessage;
      joined.resolve();
    },
    onLost: () => {},
    send: (frame) => void session.post(frame.toString()).catch(lose),
    close: () => session.close(),
  };
  const lose = (error: unknown) => {
    joined.reject(error);
    connection.onLost(ABNORMAL_CLOSURE);
  };
  session.poll((packet) => connection.onMessage(packet)).catch(lose);
  await Promise.all([session.post(CONNECT), joined.promise]);
  return connection;
}

/** Resolves when the namespace CONNECT was answered and the WebSocket has taken over. */
export async function openUpgrading(endpoint: Endpoint): Promise<Connection> {
  const session = await Session.open(endpoint);
  const joined = Promise.withResolvers<void>();
  const probed = Promise.withResolvers<void>();
  const ws = new WebSocket(`${endpoint.url}&sid=${session.sid}`, {
    perMessageDeflate: false,
    skipUTF8Validation: true,
    generateMask: () => {},
  });
  const connection = createConnection(ws);
  const receive = (packet: Buffer) => {
    if (isJoined(packet)) joined.resolve();
    else if (packet.toString("latin1") === PROBED) probed.resolve();
    else unexpectedMessage(packet);
  };
  connection.onMessage = receive;
  connection.onLost = (code) => probed.reject(new Error(`the WebSocket closed with ${code}`));
  ws.once("open", () => connection.send(PROBE));
  const polls = session.poll(receive);
  const upgrade = async () => {
    await probed.promise;
    session.pause();
    await polls;
    connection.send(UPGRADE);
  };
  await Promise.all([session.post(CONNECT), upgrade(), joined.promise]);
  session.leave();
  connection.onMessage = unexpectedMessage;
  connection.onLost = () => {};
  return connection;
}

/** A session of Engine.IO over HTTP, with TCP connections of its own. */
class Session {
  readonly sid: string;
  readonly #agent: Agent;
  readonly #url: string;
  #polls: Promise<void> | undefined;
  #isPaused = false;

  private constructor(agent: Agent, url: string, sid: string) {
    this.#agent = agent;
    this.#url = `${url}&sid=${sid}`;
    this.sid = sid;
  }

  static async open(endpoint: Endpoint): Promise<Session> {
    const agent = new Agent({ keepAlive: true });
    const address = endpoint.url.replace(/^ws/, "http");
    const url = address.replace("transport=websocket", "transport=polling");
    const packet = await ask(agent, url);
    return new Session(agent, url, JSON.parse(packet.slice(1)).sid);
  }

  /** Sends packets. */
  async post(body: string): Promise<void> {
    await ask(this.#agent, this.#url, body);
  }

  /** One GET after the other, until there is a pause. Resolves then; rejects if one fails. */
  poll(receive: (packet: Buffer) => void): Promise<void> {
    this.#polls = this.#poll(receive);
    return this.#polls;
  }

  async #poll(receive: (packet: Buffer) => void): Promise<void> {
    while (!this.#isPaused) {
      const packets = await ask(this.#agent, this.#url);
      for (const packet of packets.split(SEPARATOR)) {
        if (packet === PING) await this.post(PONG);
        else if (packet !== NOOP) receive(Buffer.from(packet));
      }
    }
  }

  /** The GET that waits is the last one. */
  pause(): void {
    this.#isPaused = true;
  }

  /** It goes on elsewhere, or is over. */
  leave(): void {
    this.#agent.destroy();
  }

  /** Ends it, also for the server, and resolves when the GET that waits was answered. */
  async close(): Promise<void> {
    this.pause();
    await Promise.allSettled([this.post(CLOSE), this.#polls]);
    this.leave();
  }
}

function isJoined(packet: Buffer): boolean {
  return packet.toString("latin1", 0, 3) === "40{";
}

/** A POST if there is a `body`. Rejects if the answer has another status than 200. */
function ask(agent: Agent, url: string, body?: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const asked = request(url, { agent, method: body === undefined ? "GET" : "POST" }, (answer) => {
    const pieces: Buffer[] = [];
    answer.on("data", (piece: Buffer) => pieces.push(piece));
    answer.once("error", reject);
    answer.once("end", () => {
      const text = Buffer.concat(pieces).toString();
      if (answer.statusCode === OK) resolve(text);
      else reject(new Error(`${url} was answered with ${answer.statusCode}: ${text}`));
    });
  });
  asked.once("error", reject);
  if (body !== undefined) asked.setHeader("Content-Type", "text/plain;charset=UTF-8");
  asked.end(body);
  return promise;
}
