/**
 * The connection to one other shard, over one stub. What is sent in one turn travels in one call, in order; in several,
 * if it is too much for one. A call that fails because the other object was reset is made once more, over a new stub; an
 * overloaded object is not called for a while.
 */

import { inMicrotask } from "../../../common/microtasks.ts";
import { MAX_CALLS } from "../../calls/call-checks.ts";
import type { Answer } from "../../calls/calls.ts";
import type { ShardMessage, ShardPart } from "./shard-messages.ts";
import { bytesIn } from "./size-in-memory.ts";

/** One shard, as its peers reach it. */
export interface Peer {
  /** Resolves with an answer for each part. */
  perform(message: ShardMessage): Promise<unknown>;
}

/** What a link needs of who makes it. */
export interface ShardLinkOptions {
  /** Another stub: one that has failed stays broken. */
  connect(): Peer;
  message(parts: ShardPart[]): ShardMessage;
  now(): number;
}

/** What the platform says of calls that fail. */
interface CallError extends Error {
  durableObjectReset?: boolean;
  retryable?: boolean;
  overloaded?: boolean;
}

/** How long an overloaded shard is not called, in milliseconds. */
const PAUSE = 1000;
/**
 * So many parts may be without an answer when a turn's are sent, and so many bytes in them, about: a shard that never
 * answers must not fill the memory.
 */
const MAX_UNANSWERED = 20_000;
const MAX_BYTES_UNANSWERED = 16 * 2 ** 20;
/** While fewer parts are without an answer, it is not looked at how large those are that are sent: most never are more. */
const FEW = 16;
/** What the platform says where a call, or its answers, have more bytes than it carries. */
const TOO_LARGE = /limited to \d+ ?MiB/;

interface Waiting {
  part: ShardPart;
  resolve: (answer: Answer) => void;
}

interface Sent {
  waiting: Waiting[];
  peer: Peer;
  /** Whether it is sent again, for the other was reset. */
  isSecond: boolean;
  /** What its parts hold, in bytes; 0 where it was not looked at. */
  bytes: number;
}

/** What is to be sent. */
type Unsent = Omit<Sent, "peer">;

export class ShardLink {
  readonly #options: ShardLinkOptions;
  #peer: Peer | undefined;
  #queue: Waiting[] = [];
  /** In the order in which they were sent. */
  #unanswered: Sent[] = [];
  #partsUnanswered = 0;
  #bytesUnanswered = 0;
  #pausedUntil = 0;
  #lastNumber = 0;

  constructor(options: ShardLinkOptions) {
    this.#options = options;
  }

  /** The number of the next part that must not be performed twice. */
  nextNumber(): number {
    this.#lastNumber += 1;
    return this.#lastNumber;
  }

  /** Sends with the rest of this turn. Never rejects. */
  send(part: ShardPart): Promise<Answer> {
    return new Promise((resolve) => {
      this.#queue.push({ part, resolve });
      if (this.#queue.length === 1) inMicrotask(() => this.#flush());
    });
  }

  /** Sends behind what leaves in this turn, in a call of its own, which waits for no other's answer. Never rejects. */
  sendApart(part: ShardPart): Promise<Answer> {
    if (this.#queue.length > 0) this.#flush();
    return new Promise((resolve) => {
      this.#queue.push({ part, resolve });
      this.#flush();
    });
  }

  #flush(): void {
    const waiting = this.#queue;
    // `sendApart` has sent it already.
    if (waiting.length === 0) return;
    this.#queue = [];
    // A clock that was set back makes it no longer.
    const pause = this.#pausedUntil - this.#options.now();
    if (this.#isFull || (pause > 0 && pause <= PAUSE)) {
      this.#fail(waiting, "it has too much to do");
      return;
    }
    for (let at = 0; at < waiting.length; at += MAX_CALLS) {
      const together = waiting.slice(at, at + MAX_CALLS);
      const bytes = this.#partsUnanswered < FEW ? 0 : bytesOf(together);
      this.#call({ waiting: together, isSecond: false, bytes });
    }
  }

  get #isFull(): boolean {
    return this.#partsUnanswered >= MAX_UNANSWERED || this.#bytesUnanswered >= MAX_BYTES_UNANSWERED;
  }

  #call(unsent: Unsent): void {
    this.#peer ??= this.#options.connect();
    const sent: Sent = { ...unsent, peer: this.#peer };
    const { waiting, peer, bytes } = sent;
    this.#unanswered.push(sent);
    this.#partsUnanswered += waiting.length;
    this.#bytesUnanswered += bytes;
    const message = this.#options.message(waiting.map(({ part }) => part));
    let answers: Promise<unknown>;
    try {
      answers = Promise.resolve(peer.perform(message));
    } catch (error) {
      answers = Promise.reject(error);
    }
    answers.then(
      (given) => this.#answered(sent, given),
      (error: CallError) => this.#rejected(sent, error),
    );
  }

  #answered(sent: Sent, answers: unknown): void {
    if (!this.#forget(sent)) return;
    const list = Array.isArray(answers) ? answers : [];
    for (const [index, { resolve }] of sent.waiting.entries()) {
      resolve(checkAnswer(list[index]));
    }
  }

  #rejected(sent: Sent, error: CallError): void {
    // If it is not there, it was sent again already.
    if (!this.#forget(sent)) return;
    if (this.#peer === sent.peer) this.#peer = undefined;
    if (sent.waiting.length > 1 && TOO_LARGE.test(String(error))) {
      this.#sendHalves(sent);
      return;
    }
    const isWorthIt = error?.durableObjectReset === true || error?.retryable === true;
    if (error?.overloaded === true) this.#pausedUntil = this.#options.now() + PAUSE;
    if (!isWorthIt || error.overloaded === true || sent.isSecond) {
      this.#fail(sent.waiting, error instanceof Error ? error.message : String(error));
      return;
    }
    // Everything that was sent over the failed stub is sent again, in its order, before anything new.
    const others = this.#unanswered.filter(({ peer }) => peer === sent.peer);
    for (const other of others) this.#forget(other);
    const lost = [sent, ...others];
    this.#peer = this.#options.connect();
    for (const { waiting, bytes } of lost) this.#call({ waiting, bytes, isSecond: true });
  }

  /** It has too many bytes for one call. What has arrived all the same, and whose answers have not, is not done twice. */
  #sendHalves({ waiting, isSecond }: Sent): void {
    const middle = waiting.length >> 1;
    for (const half of [waiting.slice(0, middle), waiting.slice(middle)]) {
      this.#call({ waiting: half, isSecond, bytes: bytesOf(half) });
    }
  }

  #forget(sent: Sent): boolean {
    const at = this.#unanswered.indexOf(sent);
    if (at < 0) return false;
    this.#unanswered.splice(at, 1);
    this.#partsUnanswered -= sent.waiting.length;
    this.#bytesUnanswered -= sent.bytes;
    return true;
  }

  #fail(waiting: Waiting[], why: string): void {
    for (const { resolve } of waiting) resolve({ error: why });
  }
}

/** What parts hold; of more than may be without an answer, only that it is more. */
function bytesOf(waiting: readonly Waiting[]): number {
  let bytes = 0;
  for (const { part } of waiting) {
    if (bytes > MAX_BYTES_UNANSWERED) break;
    // What else is in such a part is small, or shared by many.
    bytes += bytesIn("call" in part ? part.call : part, MAX_BYTES_UNANSWERED);
  }
  return bytes;
}

function checkAnswer(answer: unknown): Answer {
  if (typeof answer === "object" && answer !== null) {
    if (typeof (answer as { error?: unknown }).error === "string") return answer as Answer;
    return { value: (answer as { value?: unknown }).value };
  }
  return { error: "its answer cannot be read" };
}
