/** Waiting for the answers of many clients, perhaps on several servers. */
import type { Any } from "../../common/any.ts";
import type { Adapter, BroadcastOptions } from "../rooms/adapter.ts";
import { notAllAsked } from "./calls.ts";

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
  /** The time is over: only what other servers have gathered in it is waited for. */
  #isTimedOut = false;
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
    if (this.#isOver || !this.#haveServersAnswered) return;
    const isComplete = this.#responses.length === this.#clients;
    if (isComplete || this.#isTimedOut) this.#end(isComplete ? null : timedOut());
  }

  get #haveServersAnswered(): boolean {
    return this.#expectedServers === this.#countedServers + this.#failures.length;
  }

  #timeOut(): void {
    const { nsp, _answersUnderWay: underWay } = this.#adapter;
    if (this.#packet.id !== undefined) nsp._forgetAck(this.#packet.id);
    // Adapters that were made for `socket.io` know of none.
    if (this.#haveServersAnswered || !(underWay > 0)) {
      this.#end(timedOut());
      return;
    }
    this.#isTimedOut = true;
    this.#timer = setTimeout(() => this.#end(timedOut()), underWay);
  }

  /** `missing`: what is told unless servers could not be asked. */
  #end(missing: Error | null): void {
    clearTimeout(this.#timer);
    this.#isOver = true;
    const error = this.#failures.length === 0 ? missing : notAllAsked(this.#failures);
    const responses = this.#responses;
    this.#finish({ error, responses, clients: this.#clients, failures: this.#failures });
  }
}

function timedOut(): Error {
  return new Error("operation has timed out");
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
