/** Waiting for the answers of many clients, perhaps on several servers. */
import type { BroadcastOperator } from "./broadcast-operator.ts";
import type { Any } from "./typed-events.ts";

type Packet = { type: number; data: unknown[]; id?: number };

/** One broadcast that is to be acknowledged. */
export class AckGathering {
  readonly #operator: BroadcastOperator<Any, Any>;
  readonly #packet: Packet;
  readonly #ack: (...args: unknown[]) => void;
  readonly #responses: unknown[] = [];
  #timer!: ReturnType<typeof setTimeout>;
  #isOver = false;
  #expectedServers = -1;
  #countedServers = 0;
  #expectedResponses = 0;

  constructor(
    operator: BroadcastOperator<Any, Any>,
    packet: Packet,
    ack: (...args: unknown[]) => void,
  ) {
    this.#operator = operator;
    this.#packet = packet;
    this.#ack = ack;
  }

  start(): void {
    const { adapter, rooms, exceptRooms, flags } = this.#operator;
    // Without a timeout this is over at once, as upstream.
    this.#timer = setTimeout(() => this.#timeOut(), flags.timeout ?? 0);
    try {
      adapter.broadcastWithAck(
        this.#packet,
        { rooms, except: exceptRooms, flags },
        (clientCount) => {
          this.#expectedResponses += clientCount;
          this.#countedServers += 1;
          this.#check();
        },
        (response) => {
          this.#responses.push(response);
          this.#check();
        },
      );
    } catch (error) {
      clearTimeout(this.#timer);
      throw error;
    }
    adapter.serverCount().then((count) => {
      this.#expectedServers = count;
      this.#check();
    });
  }

  #check(): void {
    if (this.#isOver) return;
    if (this.#expectedServers !== this.#countedServers) return;
    if (this.#responses.length !== this.#expectedResponses) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#finish(null, this.#responses[0]);
  }

  #timeOut(): void {
    this.#isOver = true;
    if (this.#packet.id !== undefined) this.#operator.adapter.nsp._forgetAck(this.#packet.id);
    this.#finish(new Error("operation has timed out"), null);
  }

  #finish(error: Error | null, single: unknown): void {
    const result = this.#operator.flags.expectSingleResponse ? single : this.#responses;
    const { nsp } = this.#operator.adapter;
    nsp._guard(() => this.#ack.call(this.#operator, error, result));
  }
}

/** A promise of what an acknowledgement `(err, responses)` gets; the error tells the responses too. */
export function promiseAck<Responses>(
  emit: (ack: (error: Error | null, responses: Responses) => void) => void,
): Promise<Responses> {
  return new Promise((resolve, reject) => {
    emit((error, responses) => {
      if (error) reject(Object.assign(error, { responses }));
      else resolve(responses);
    });
  });
}
