/** An emitter's queue: sends the calls of one turn together and in order, and reports those that fail. */
import type { Answer, Call } from "../../glue/adapter/calls/calls.ts";
import { FailureLog } from "./failure-log.ts";

/** A way to a server. */
export interface Channel {
  /** So many bytes in one message, about. */
  readonly maxBytes: number;
  /** About how many bytes a call takes up in a message. */
  weigh(call: Call): number;
  /**
   * Sends a message; messages arrive in the order in which they are sent. Resolves with an answer for each
   * call, in their order; rejects if they did not arrive. `bytes`: what they weigh.
   */
  send(calls: Call[], bytes: number): Promise<Answer[]>;
}

/** Lets the runtime wait for calls that the application may not await. */
export type Keep = (promise: Promise<unknown>) => void;

/** So many calls in one message: the server takes ten times as many. */
const MAX_CALLS = 1000;

/**
 * What has been emitted. Resolves when the server has it; rejects if it did not get there, or the server
 * refused it. Need not be awaited: then a failure is what the emitter's `flush()` rejects with, and logged.
 */
export class Sent extends Promise<void> {
  /** What `then` gives is an ordinary promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** @internal Whether somebody will hear of it. */
  _isAwaited = false;

  // biome-ignore lint/suspicious/noThenProperty: it is a promise, that notes who listens
  override then<Result = void, Failure = never>(
    fulfilled?: ((value: undefined) => Result | PromiseLike<Result>) | null,
    rejected?: ((error: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<Result | Failure> {
    this._isAwaited = true;
    return super.then(fulfilled as never, rejected);
  }
}

interface Waiting {
  call: Call;
  bytes: number;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The calls of one emitter. */
export class Outbox {
  readonly #channel: Channel;
  readonly #keep: Keep;
  readonly #log = new FailureLog();
  readonly #report: (error: Error) => unknown;
  #queue: Waiting[] = [];
  readonly #underWay = new Set<Promise<unknown>>();
  /** The first failure that nobody has heard of by a promise. */
  #failure: Error | undefined;
  /** How many wait in `flush`. */
  #flushes = 0;

  /** `report` is told of failures that nobody hears of by a promise. Default: they are logged. */
  constructor(channel: Channel, keep: Keep, report?: (error: Error) => unknown) {
    this.#channel = channel;
    this.#keep = keep;
    this.#report = report ?? ((error) => this.#log.failed(error));
  }

  /** A call with an answer. Throws for what cannot be sent. */
  ask(call: Call): Promise<unknown> {
    const bytes = this.#channel.weigh(call);
    return new Promise((resolve, reject) => this.#add({ call, bytes, resolve, reject }));
  }

  /** A call whose answer is that it has been done. Throws for what cannot be sent. */
  tell(call: Call): Sent {
    const bytes = this.#channel.weigh(call);
    let settle!: [() => void, (error: unknown) => void];
    const sent = new Sent((...functions) => {
      settle = functions;
    });
    const [resolve, reject] = settle;
    this.#add({
      call,
      bytes,
      resolve: () => resolve(),
      reject: (error) => {
        // Not a rejection that nobody handles: it is heard below.
        Promise.prototype.then.call(sent, undefined, () => {});
        reject(error);
        if (!sent._isAwaited) this.#missed(error as Error);
      },
    });
    return sent;
  }

  /**
   * Resolves when the server has all that was emitted before. Rejects with the first failure, since the last
   * time, of what nobody awaited.
   */
  async flush(): Promise<void> {
    this.#leave();
    this.#flushes += 1;
    await Promise.all(this.#underWay);
    this.#flushes -= 1;
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
  }

  #add(waiting: Waiting): void {
    this.#queue.push(waiting);
    if (this.#queue.length === 1) queueMicrotask(() => this.#leave());
  }

  #missed(error: Error): void {
    this.#failure ??= error;
    if (this.#flushes === 0) this.#tell(error);
  }

  /** Never throws: others of the batch wait to be told what became of them. */
  async #tell(error: Error): Promise<void> {
    try {
      await this.#report(error);
    } catch (problem) {
      console.error("dormouse: an emitter's onError failed:", problem);
    }
  }

  /** Sends what is in the queue. */
  #leave(): void {
    const queue = this.#queue;
    this.#queue = [];
    for (const { batch, bytes } of this.#split(queue)) {
      const settled = this.#send(batch, bytes);
      this.#underWay.add(settled);
      settled.then(() => this.#underWay.delete(settled));
      this.#keep(settled);
    }
  }

  *#split(queue: Waiting[]): Iterable<{ batch: Waiting[]; bytes: number }> {
    const { maxBytes } = this.#channel;
    let batch: Waiting[] = [];
    let bytes = 0;
    for (const waiting of queue) {
      const isFull = batch.length === MAX_CALLS || bytes + waiting.bytes > maxBytes;
      if (isFull && batch.length > 0) {
        yield { batch, bytes };
        batch = [];
        bytes = 0;
      }
      batch.push(waiting);
      bytes += waiting.bytes;
    }
    if (batch.length > 0) yield { batch, bytes };
  }

  /** Never rejects. */
  async #send(batch: Waiting[], bytes: number): Promise<void> {
    try {
      const calls = batch.map(({ call }) => call);
      const answers = await this.#channel.send(calls, bytes);
      this.#log.arrived();
      for (const [index, { resolve, reject }] of batch.entries()) {
        const answer = checkAnswer(answers[index]);
        if ("error" in answer) reject(new Error(answer.error));
        else resolve(answer.value);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}

/** A call that is answered by nothing may come as an empty object. */
function checkAnswer(answer: unknown): Answer {
  if (typeof answer !== "object" || answer === null) return { error: "dormouse: no answer came" };
  const { error } = answer as { error?: unknown };
  return error === undefined ? (answer as Answer) : { error: String(error) };
}
