/**
 * A bare WebSocket that speaks Engine.IO frames by hand.
 *
 * Recorded: `frame` for each text or binary frame, `close`, and `refused` (the error's text) when the
 * upgrade fails. Normalised: close codes (hosts differ in what they can send); the status of a refused
 * upgrade, which no browser shows (`engine.io` has always 400, Dormouse has 403 for `Forbidden`); noop frames `6` (a Durable Object answers pongs with them); pings `2` are counted, not
 * recorded (their number depends on time); with connection state recovery, the offset at the end of
 * an event (scenarios of recovery send no strings of their own); the error's text is taken out of a
 * JSON body if there is one, since `engine.io` answers a refused upgrade in plain text.
 */
import { WebSocket } from "ws";
import type { Entry } from "../scenario.ts";
import { encodeEntry } from "./encode.ts";
import { fence, isFence } from "./fence.ts";
import type { ClientRun } from "./stock-client.ts";
import { Conditions } from "./wait.ts";

const NOOP = "6";
const PING = "2";

/** The offset at the end of an event without an acknowledgement. */
const OFFSET = /(?<=^4(?:2|5\d+-)(?:\/[^,]*,)?\[.*),"[^"]*"\]$/;

/** A raw connection of a scenario. */
export class RawClient {
  readonly name: string;
  readonly #run: ClientRun;
  readonly #socket: WebSocket;
  readonly #entries: Entry[] = [];
  readonly #conditions = new Conditions();
  /** Text frames as they came, offsets and fences included. */
  readonly texts: string[] = [];
  /** The headers of the upgrade's answer. */
  responseHeaders: Record<string, string | string[] | undefined> = {};
  /** When the server was last heard. */
  lastHeard = Date.now();
  #pings = 0;
  #recovery = false;

  constructor(name: string, url: string, headers: Record<string, string>, run: ClientRun) {
    this.name = name;
    this.#run = run;
    this.#socket = new WebSocket(url, { headers });
    this.#record();
  }

  /** The observations so far, ids replaced by names. */
  get log(): Entry[] {
    const entries = this.#recovery ? this.#entries.map(withoutOffset) : this.#entries;
    return this.#run.aliases.apply(entries);
  }

  /** The frames so far, ids replaced by names. */
  get frames(): unknown[] {
    return this.log.filter(([event]) => event === "frame").map(([, frame]) => frame);
  }

  /** Whether the WebSocket is open. */
  get open(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Whether it has a connection. */
  get isThere(): boolean {
    return this.#socket.readyState !== WebSocket.CLOSED;
  }

  /** Sends frames, all in one turn. */
  async send(...frames: (string | Uint8Array)[]): Promise<void> {
    await this.#run.beforeEvent();
    for (const frame of frames) this.#socket.send(frame);
  }

  /** Joins a namespace and waits for the answer. */
  async connect(namespace = "/", auth?: object): Promise<void> {
    const head = namespace === "/" ? "" : `${namespace},`;
    const payload = auth === undefined ? "" : JSON.stringify(auth);
    const seen = this.#entries.length;
    await this.send(`40${head}${payload}`);
    await this.frame((frame) => /^4[04]/.test(frame) && frame.slice(2).startsWith(head), seen);
  }

  /** Waits for a text frame; `from` is the number of observations to pass over. */
  async frame(wanted: string | ((frame: string) => boolean), from = 0): Promise<string> {
    const matches = typeof wanted === "string" ? (frame: string) => frame === wanted : wanted;
    const found = await this.#until(`frame ${String(wanted)}`, () =>
      this.#entries.slice(from).find(([event, frame]) => {
        return event === "frame" && typeof frame === "string" && matches(frame);
      }),
    );
    return found[1] as string;
  }

  /** Waits until so many frames have arrived, the handshake included. */
  async count(frames: number): Promise<void> {
    await this.#until(`${frames} frames`, () => (this.frames.length >= frames ? true : undefined));
  }

  /** Waits until so many frames have arrived, or no more will. */
  async countOrClosed(frames: number): Promise<void> {
    await this.#until(`${frames} frames, or the end`, () =>
      this.frames.length >= frames || this.#has("close") ? true : undefined,
    );
  }

  /** Waits until the WebSocket has been opened or refused. */
  async settled(): Promise<void> {
    await this.#until("an open or refused WebSocket", () => {
      return this.frames.length > 0 || this.#has("refused") || this.#has("close")
        ? true
        : undefined;
    });
  }

  /** Waits for the count-th ping since the start. */
  async pinged(count = 1): Promise<void> {
    await this.#until(`${count} pings`, () => (this.#pings >= count ? true : undefined));
  }

  /** Waits for the end of the WebSocket. */
  async closed(): Promise<void> {
    await this.#until("the end", () => (this.#has("close") ? true : undefined));
  }

  /** Starts the closing handshake. */
  async close(): Promise<void> {
    await this.#run.beforeEvent();
    this.#socket.close();
  }

  /** Ends the connection without a closing handshake. */
  terminate(): void {
    this.#socket.terminate();
  }

  /** Resolves once the server has answered something sent now (see `fence.ts`). */
  async fence(): Promise<void> {
    const socket = this.#socket;
    if (!this.open) return;
    await fence({
      send: (text) => socket.send(`4${text}`),
      listen: (onText, onClose) => {
        const onMessage = (data: Buffer) => onText(data.toString().slice(1));
        socket.on("message", onMessage);
        socket.on("close", onClose);
        return () => {
          socket.off("message", onMessage);
          socket.off("close", onClose);
        };
      },
    });
  }

  #has(event: string): boolean {
    return this.#entries.some(([name]) => name === event);
  }

  #record(): void {
    const socket = this.#socket;
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      this.lastHeard = Date.now();
      if (isBinary) return this.#push("frame", data);
      this.#onText(data.toString());
    });
    socket.on("upgrade", ({ headers }) => {
      this.responseHeaders = headers;
    });
    socket.on("close", () => this.#push("close"));
    socket.on("error", () => {});
    socket.on("unexpected-response", (request, response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", () => {});
      response.on("close", () => {
        this.#push("refused", errorText(Buffer.concat(parts).toString()));
        request.destroy();
      });
    });
  }

  #onText(text: string): void {
    this.texts.push(text);
    this.#name(text);
    if (text === PING) {
      this.#pings++;
      this.#conditions.changed();
    } else if (text !== NOOP && !isFence(text)) {
      this.#push("frame", text);
    }
  }

  /** Learns the ids of an Engine.IO handshake or a CONNECT answer. */
  #name(text: string): void {
    const ids = /^(0|40)(\/[^,]*)?,?(\{.*"sid".*\})$/.exec(text);
    if (ids === null) return;
    const { sid, pid } = JSON.parse(ids[3] as string) as { sid: string; pid?: string };
    this.#recovery ||= pid !== undefined;
    const owner = `${this.name}${ids[2] ?? ""}`;
    this.#run.aliases.add(sid, ids[1] === "0" ? `${this.name}.engine` : owner);
    this.#run.aliases.add(pid, `${owner}.pid`);
  }

  #push(event: string, ...values: unknown[]): void {
    this.#entries.push(encodeEntry(event, values));
    this.#conditions.changed();
  }

  #until<T>(what: string, probe: () => T | undefined): Promise<T> {
    return this.#conditions.wait(`${this.name}: ${what}`, probe, () => JSON.stringify(this.log));
  }
}

function withoutOffset([event, ...values]: Entry): Entry {
  return [
    event,
    ...values.map((value) => {
      return typeof value === "string" ? value.replace(OFFSET, ',"<offset>"]') : value;
    }),
  ];
}

function errorText(body: string): string {
  try {
    return (JSON.parse(body) as { message: string }).message;
  } catch {
    return body;
  }
}
