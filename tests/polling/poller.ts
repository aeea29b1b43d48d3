/** A client that polls by hand, and looks at every answer. */
import { WebSocket } from "ws";

/** What came, as far as hosts must agree on it. */
export interface Answer {
  status: number;
  type: string | null;
  caching: string | null;
  body: string;
}

const SEPARATOR = "\x1e";
const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const PATIENCE = 60_000;

export class Poller {
  readonly base: string;
  readonly protocol: 3 | 4;
  sid = "";
  /** Packets that came with an answer and were not asked for yet. */
  readonly #packets: string[] = [];

  constructor(base: string, protocol: 3 | 4 = 4) {
    this.base = base;
    this.protocol = protocol;
  }

  /** Any request; `query` comes behind the protocol. */
  async ask(query: string, init: RequestInit = {}): Promise<Response> {
    const url = `${this.base}/socket.io/?EIO=${this.protocol}&${query}`;
    return fetch(url, { signal: AbortSignal.timeout(PATIENCE), ...init });
  }

  /** The same, as what hosts must agree on. */
  async answer(query: string, init: RequestInit = {}): Promise<Answer> {
    const response = await this.ask(query, init);
    return {
      status: response.status,
      type: response.headers.get("content-type"),
      caching: response.headers.get("cache-control"),
      body: this.hide(await response.text()),
    };
  }

  get session(): string {
    return `transport=polling&sid=${this.sid}`;
  }

  get(init: RequestInit = {}): Promise<Answer> {
    return this.answer(this.session, init);
  }

  post(body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Answer> {
    const type = { "content-type": "text/plain;charset=UTF-8" };
    const init = { method: "POST", body: body as string, headers: { ...type, ...headers } };
    return this.answer(this.session, init);
  }

  /** Gets a session. `more`: parameters. */
  async open(more = ""): Promise<Record<string, unknown>> {
    const response = await this.ask(`transport=polling${more}`);
    const text = await response.text();
    const handshake = JSON.parse(text.slice(1).split(SEPARATOR)[0] as string);
    this.sid = handshake.sid;
    return handshake;
  }

  /** Gets a session, and joins the main namespace. `auth`: as JSON. */
  async join(auth = ""): Promise<this> {
    await this.open();
    await this.post(`40${auth}`);
    await this.until((packet) => packet.startsWith("40"));
    return this;
  }

  /** The next packet, whatever answers it comes with. */
  async next(): Promise<string> {
    while (this.#packets.length === 0) {
      const { status, body } = await this.get();
      if (status !== 200) return `status ${status}`;
      this.#packets.push(...body.split(SEPARATOR));
    }
    return this.#packets.shift() as string;
  }

  /** The packets up to one of this kind, or to what is no answer. */
  async until(isLast: (packet: string) => boolean): Promise<string[]> {
    const packets: string[] = [];
    for (;;) {
      const packet = await this.next();
      packets.push(packet);
      if (isLast(packet) || packet.startsWith("status")) return packets;
    }
  }

  /** What the server of the room was told, asked by another client, of whom it tells nothing. */
  async told(): Promise<unknown[][]> {
    const other = await new Poller(this.base).join('{"visits":true}');
    await other.post('420["told"]');
    const [packet = ""] = (await other.until((one) => one.startsWith("430"))).slice(-1);
    await other.post("1");
    const [log] = JSON.parse(packet.slice(3)) as [unknown[][]];
    return log;
  }

  /** A WebSocket for the session, or without one. */
  async webSocket(more = `&sid=${this.sid}`): Promise<RawSocket> {
    const url = `${this.base.replace("http", "ws")}/socket.io/?EIO=${this.protocol}`;
    return RawSocket.open(`${url}&transport=websocket${more}`);
  }

  /** Ids are different each time. */
  hide(text: string): string {
    return text.replace(/"sid":"[\w-]+"/g, '"sid":"<sid>"');
  }
}

/** A WebSocket, its frames in order, and its end. */
export class RawSocket {
  readonly #socket: WebSocket;
  readonly #frames: string[] = [];
  #wake: () => void = () => {};
  constructor(url: string) {
    this.#socket = new WebSocket(url);
    this.#socket.on("message", (data) => this.#push(String(data)));
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => {
      this.#push("closed");
    });
  }

  /** Once it is open or refused. */
  static async open(url: string): Promise<RawSocket> {
    const raw = new RawSocket(url);
    await new Promise<void>((resolve) => {
      raw.#socket.once("open", resolve);
      raw.#socket.once("close", () => resolve());
    });
    return raw;
  }

  send(frame: string): void {
    this.#socket.send(frame);
  }

  get isClosed(): boolean {
    return this.#socket.readyState >= WebSocket.CLOSING;
  }

  /** The next frame, or `closed`, for which the end of the connection is not waited for. */
  async next(): Promise<string> {
    for (const end = Date.now() + PATIENCE; this.#frames.length === 0; ) {
      if (this.isClosed) return "closed";
      if (Date.now() > end) throw new Error("no frame came");
      const frame = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await Promise.race([frame, wait(20)]);
    }
    return this.#frames.shift() as string;
  }

  /** Once the server has closed it, whose end of the connection may come later. */
  async closed(): Promise<void> {
    while (this.#socket.readyState < WebSocket.CLOSING) await wait(10);
  }

  close(): void {
    this.#socket.close();
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #push(frame: string): void {
    this.#frames.push(frame);
    this.#wake();
  }
}
