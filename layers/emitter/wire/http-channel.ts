/** Sends an emitter's calls to a Worker's route for emitters (`routeEmitter`), as signed requests. */
import { type Answer, type Call, VERSION } from "../../../glue/adapter/calls/calls.ts";
import type { Channel } from "../outbox.ts";
import { decodeJson, encodeJson } from "./json.ts";
import { ID_HEADER, SIGNATURE_HEADER, sign, TIME_HEADER } from "./signature.ts";

/** What a channel needs beside its address. */
export interface HttpSettings {
  url: string;
  secret: Uint8Array<ArrayBuffer>;
  /** The object's; undefined: the one that the route has. */
  name: string | undefined;
  fetch: typeof fetch;
}

interface Message {
  calls: Call[];
  bytes: number;
  resolve(answers: Answer[]): void;
  reject(error: unknown): void;
}

/** How long an answer is waited for beside the time that calls have, in milliseconds. */
const PATIENCE = 30_000;
/** As much of a refusal's text as an error repeats. */
const MAX_TEXT = 500;
/** Too many messages, or an object that is not reached, or has too much to do: that passes. */
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** So many requests for one message. */
const MAX_TRIES = 4;
/** Before the second request, in milliseconds; twice as long before each further one. */
const FIRST_PAUSE = 200;
/** How long requests are made for one message, in milliseconds: the route remembers an id for a minute. */
const MAX_TIME = 30_000;
/** So many calls in one message: the server takes no more. */
const MAX_CALLS = 10_000;
/** So much waits for the requests before it, in bytes: who emits more than arrives is told. */
const MAX_WAITING = 32 * 1024 * 1024;
/** The status that says that a message has been performed already. */
const USED = 409;
/** The status that says that a message has more bytes than the route takes. */
const TOO_LARGE = 413;

/** Requests overtake each other, so that each waits for the one before, and takes along what has come meanwhile. */
export class HttpChannel implements Channel {
  /** The route takes a million bytes, if it is told nothing else; less, as soon as it has refused that. */
  maxBytes = 900_000;
  readonly #settings: HttpSettings;
  #waiting: Message[] = [];
  #waitingBytes = 0;
  #isBusy = false;

  constructor(settings: HttpSettings) {
    this.#settings = settings;
  }

  /** Throws for what JSON cannot say. */
  weigh(call: Call): number {
    return new TextEncoder().encode(JSON.stringify(encodeJson(call))).length;
  }

  send(calls: Call[], bytes: number): Promise<Answer[]> {
    if (this.#waitingBytes + bytes > MAX_WAITING) {
      const { url } = this.#settings;
      const error = new Error(
        `dormouse: ${MAX_WAITING} bytes wait to be sent to ${url}: what is emitted beyond that is not`,
      );
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ calls, bytes, resolve, reject });
      this.#waitingBytes += bytes;
      this.#advance();
    });
  }

  #advance(): void {
    while (!this.#isBusy && this.#waiting.length > 0) {
      const messages = this.#takeWhatFits();
      const delivered = this.#deliver(messages);
      // Whoever waits for clients' answers holds up nobody.
      if (messages.some(({ calls }) => calls.some(isLong))) continue;
      this.#isBusy = true;
      delivered.then(() => {
        this.#isBusy = false;
        this.#advance();
      });
    }
  }

  /** Never rejects. */
  async #deliver(messages: Message[]): Promise<void> {
    try {
      const answers = await this.#post(messages.flatMap(({ calls }) => calls));
      let at = 0;
      for (const { calls, resolve } of messages) {
        resolve(answers.slice(at, at + calls.length));
        at += calls.length;
      }
    } catch (error) {
      for (const { reject } of messages) reject(error);
    }
  }

  #takeWhatFits(): Message[] {
    let [bytes, calls, count] = [0, 0, 0];
    for (const message of this.#waiting) {
      bytes += message.bytes;
      calls += message.calls.length;
      if (count > 0 && (bytes > this.maxBytes || calls > MAX_CALLS)) break;
      this.#waitingBytes -= message.bytes;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #post(calls: Call[]): Promise<Answer[]> {
    const { name, url } = this.#settings;
    const text = JSON.stringify({ version: VERSION, name, calls: encodeJson(calls) });
    const body = new TextEncoder().encode(text);
    // With the same id, nothing is performed twice.
    const id = crypto.randomUUID();
    const patience =
      PATIENCE + Math.max(...calls.map((call) => ("timeout" in call ? call.timeout : 0)));
    const begun = Date.now();
    for (let tries = 1; ; tries++) {
      const outcome = await this.#request(id, body, patience).catch(failureOf);
      if (tries > 1 && outcome.status === USED) return calls.map(answerUnknown);
      const pause = Math.max(pauseAfter(tries, outcome), outcome.retryAfter ?? 0);
      if (outcome.status === TOO_LARGE && calls.length > 1) {
        this.maxBytes = Math.min(this.maxBytes, body.length >> 1);
        return this.#postHalves(calls);
      }
      const isLast = tries === MAX_TRIES || Date.now() - begun + pause > MAX_TIME;
      if (!outcome.mayPass || isLast) return readAnswers(url, outcome);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  /** What is wrong with one half is what its calls are answered by. */
  async #postHalves(calls: Call[]): Promise<Answer[]> {
    const answers: Answer[] = [];
    const middle = calls.length >> 1;
    for (const half of [calls.slice(0, middle), calls.slice(middle)]) {
      const failed = ({ message }: Error) => half.map(() => ({ error: message }));
      answers.push(...(await this.#post(half).catch(failed)));
    }
    return answers;
  }

  async #request(id: string, body: Uint8Array, patience: number): Promise<Outcome> {
    const { url, secret, fetch } = this.#settings;
    const time = Math.floor(Date.now() / 1000);
    const headers = {
      "content-type": "application/json",
      [ID_HEADER]: id,
      [TIME_HEADER]: String(time),
      [SIGNATURE_HEADER]: await sign(secret, { id, time, body }),
    };
    const signal = AbortSignal.timeout(patience);
    const sent = body as Uint8Array<ArrayBuffer>;
    const init: RequestInit = { method: "POST", headers, body: sent, signal, redirect: "manual" };
    const response = await fetch(url, init);
    const { status } = response;
    const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
    return {
      status,
      text: await response.text(),
      mayPass: PASSING.has(status),
      ...(seconds >= 0 && { retryAfter: 1000 * seconds }),
    };
  }
}

/** What became of a request. */
interface Outcome {
  /** Undefined if there was no answer. */
  status?: number;
  text: string;
  /** Why there was none. */
  error?: unknown;
  /** Whether the failure may pass, so that another request is worth it. */
  mayPass: boolean;
  /** For how long the other side wants to be left alone, in milliseconds. */
  retryAfter?: number;
}

/** The outcome of a request without an answer: a lost connection may pass, a timeout would likely recur. */
function failureOf(error: unknown): Outcome {
  return { text: "", error, mayPass: (error as Error)?.name !== "TimeoutError" };
}

/** How long to wait before the next request, in milliseconds: not all who were refused come back at once. */
function pauseAfter(tries: number, { status }: Outcome): number {
  if (status === undefined && tries === 1) return 0;
  return FIRST_PAUSE * 2 ** (tries - 1) * (0.5 + Math.random() / 2);
}

/** Whether clients answer the call, so that it may take long. */
function isLong({ kind }: Call): boolean {
  return kind === "broadcastWithAck" || kind === "serverSideEmitWithAck";
}

/** It was performed when it was sent first, and the answer was lost. */
function answerUnknown(call: Call): Answer {
  const isAsked = isLong(call) || call.kind === "fetchSockets";
  return isAsked
    ? { error: "dormouse: the connection was lost before the answer came" }
    : { value: undefined };
}

/** Throws what is not an answer. */
function readAnswers(url: string, { status, text, error, retryAfter }: Outcome): Answer[] {
  if (status === undefined) throw error;
  if (status !== 200) {
    const message = `dormouse: ${url} answered ${status}: ${text.slice(0, MAX_TEXT)}`;
    throw Object.assign(new Error(message), {
      status,
      ...(retryAfter !== undefined && { retryAfter: retryAfter / 1000 }),
    });
  }
  const { answers } = decodeJson(JSON.parse(text)) as { answers?: unknown };
  if (!Array.isArray(answers)) throw new Error(`dormouse: ${url} is no route for emitters`);
  return answers;
}
