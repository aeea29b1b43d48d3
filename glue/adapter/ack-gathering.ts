/** Waiting for the answers of many clients, perhaps on several servers. */
import type { Any } from "../common/any.ts";
import type { Adapter, BroadcastOptions } from "./adapter.ts";
import { notAllAsked } from "./cluster/calls.ts";

type Packet = { type: number; data: unknown[]; id?: number };

/** What has come, when all has or the time is over. */
export interface Gathered {
  /** Null if all have answered. */
  error: Error | null;
  /** In the order in which they came. */
  responses: unknown[];
  /** How many clients are known to have been asked. */
  clients: number;
  /** Servers that could not be asked: each says which, and why. */
  failures: string[];
}

/** One broadcast that is to be acknowledged. */
export class AckGathering {
  readonly #adapter: Adapter;
  readonly #packet: Packet;
  readonly #responses: unknown[] = [];
  readonly #failures: string[] = [];
  #timer!: ReturnType<typeof setTimeout>;
  #finish!: (gathered: Gathered) => void;
  #isOver = false;
  #expectedServers = -1;
  #countedServers = 0;
  #clients = 0;

  constructor(adapter: Adapter, packet: Packet) {
    this.#adapter = adapter;
    this.#packet = packet;
  }

  /** Sends it; `finish` is called once. Throws for data that cannot be encoded. */
  start(opts: BroadcastOptions, finish: (gathered: Gathered) => void): void {
    const { flags } = opts;
    this.#finish = finish;
    // Without a timeout this is over at once, as upstream.
    this.#timer = setTimeout(() => this.#timeOut(), flags?.timeout ?? 0);
    const count = (clients: number, failure?: string): void => {
      this.#clients += clients;
      if (failure === undefined) this.#countedServers += 1;
      else this.#failures.push(failure);
      this.#check();
    };
    const respond = (response: unknown): void => {
      this.#responses.push(response);
      this.#check();
    };
    try {
      this.#adapter.broadcastWithAck(this.#packet, opts, count, respond);
    } catch (error) {
      clearTimeout(this.#timer);
      throw error;
    }
    const counting = flags?.local ? Promise.resolve(1) : this.#adapter.serverCount();
    counting.then((servers: number) => {
      this.#expectedServers = servers;
      this.#check();
    });
  }

  #check(): void {
    if (this.#isOver) return;
    if (this.#expectedServers !== this.#countedServers + this.#failures.length) return;
    if (this.#responses.length !== this.#clients) return;
    clearTimeout(this.#timer);
    this.#end(this.#failures.length === 0 ? null : notAllAsked(this.#failures));
  }

  #timeOut(): void {
    const { nsp } = this.#adapter;
    if (this.#packet.id !== undefined) nsp._forgetAck(this.#packet.id);
    this.#end(
      this.#failures.length === 0
        ? new Error("operation has timed out")
        : notAllAsked(this.#failures),
    );
  }

  #end(error: Error | null): void {
    this.#isOver = true;
    const responses = this.#responses;
    this.#finish({ error, responses, clients: this.#clients, failures: this.#failures });
  }
}

/** A promise of what an acknowledgement `(err, responses)` gets; the error tells the responses too. */
export function promiseAck<Responses>(
  emit: (ack: (error: Error | null, responses: Responses) => void) => void,
): Promise<Responses> {
  return new Promise((resolve, reject) => {
    emit((error, responses: Any) => {
      if (error) reject(Object.assign(error, { responses }));
      else resolve(responses);
    });
  });
}
