/** A client without a library: frames as they come. */
import { once } from "node:events";
import { WebSocket } from "ws";

const PING = "2";
const PONG = "3";

/** A WebSocket that speaks Engine.IO no further than its test does. */
export class BareClient {
  readonly frames: string[] = [];
  readonly #socket: WebSocket;
  readonly #closed: Promise<{ code: number; reason: string }>;

  /** `url`: with the handshake's query. `answersPings`: as a client must. */
  constructor(url: string, { answersPings }: { answersPings: boolean }) {
    // Compressed, a flood of one letter would be a trickle.
    this.#socket = new WebSocket(url.replace("http", "ws"), { perMessageDeflate: false });
    this.#socket.on("error", () => {});
    this.#socket.on("message", (data) => {
      this.frames.push(`${data}`);
      if (`${data}` === PING && answersPings) this.#socket.send(PONG);
    });
    this.#closed = once(this.#socket, "close").then(([code, reason]) => {
      return { code: code as number, reason: `${reason}` };
    });
  }

  /** Resolves with the handshake. */
  async opened(): Promise<Record<string, unknown>> {
    while (this.frames.length === 0) await this.#nextFrame("the handshake");
    return JSON.parse(`${this.frames[0]}`.slice(1)) as Record<string, unknown>;
  }

  send(frame: string): void {
    this.#socket.send(frame);
  }

  /** Reads nothing from now on, so that what the server sends waits for it. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Resolves when a frame begins with this; rejects if the server closes it before. */
  async received(beginning: string): Promise<void> {
    while (!this.frames.some((frame) => frame.startsWith(beginning))) {
      await this.#nextFrame(beginning);
    }
  }

  #nextFrame(wanted: string): Promise<unknown> {
    const gone = this.#closed.then(({ code, reason }) => {
      throw new Error(`closed with ${code} (${reason}) before ${wanted} came`);
    });
    return Promise.race([once(this.#socket, "message"), gone]);
  }

  /** Resolves when the server has closed it. */
  closed(): Promise<{ code: number; reason: string }> {
    return this.#closed;
  }

  end(): void {
    this.#socket.terminate();
  }
}
