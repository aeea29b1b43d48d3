/** To the route that a Worker has for emitters (`routeEmitter`), by signed requests. */
import { type Answer, type Call, VERSION } from "../../glue/adapter/cluster/calls.ts";
import { decodeJson, encodeJson } from "./json.ts";
import type { Channel } from "./outbox.ts";
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
/** It has been performed: what was asked again is there already. */
const USED = 409;

/** Requests overtake each other, so that each waits for the one before, and takes along what has come meanwhile. */
export class HttpChannel implements Channel {
  /** The route takes a million bytes, if it is told nothing else. */
  readonly maxBytes = 900_000;
  readonly #settings: HttpSettings;
  #waiting: Message[] = [];
  #isBusy = false;

  constructor(settings: HttpSettings) {
    this.#settings = settings;
  }

  /** Throws for what JSON cannot say. */
  weigh(call: Call): number {
    return new TextEncoder().encode(JSON.stringify(encodeJson(call))).length;
  }

  send(calls: Call[], bytes: number): Promise<Answer[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ calls, bytes, resolve, reject });
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
    let bytes = 0;
    let count = 0;
    for (const message of this.#waiting) {
      bytes += message.bytes;
      if (count > 0 && bytes > this.maxBytes) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #post(calls: Call[]): Promise<Answer[]> {
    const { name } = this.#settings;
    const text = JSON.stringify({ version: VERSION, name, calls: encodeJson(calls) });
    const body = new TextEncoder().encode(text);
    const id = crypto.randomUUID();
    const patience =
      PATIENCE + Math.max(...calls.map((call) => ("timeout" in call ? call.timeout : 0)));
    let response: Response;
    let isSecond = false;
    try {
      response = await this.#request(id, body, patience);
    } catch (error) {
      if ((error as Error).name === "TimeoutError") throw error;
      // A connection that was kept may be gone. With the same id, nothing is performed twice.
      isSecond = true;
      response = await this.#request(id, body, patience);
    }
    if (isSecond && response.status === USED) return calls.map(answerUnknown);
    return readAnswers(this.#settings.url, response);
  }

  async #request(id: string, body: Uint8Array, patience: number): Promise<Response> {
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
    return fetch(url, { method: "POST", headers, body: sent, signal, redirect: "manual" });
  }
}

/** Whether it is answered by clients. */
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

async function readAnswers(url: string, response: Response): Promise<Answer[]> {
  const text = await response.text();
  const { status } = response;
  if (status !== 200) {
    const message = `dormouse: ${url} answered ${status}: ${text.slice(0, MAX_TEXT)}`;
    throw Object.assign(new Error(message), { status });
  }
  const { answers } = decodeJson(JSON.parse(text)) as { answers?: unknown };
  if (!Array.isArray(answers)) throw new Error(`dormouse: ${url} is no route for emitters`);
  return answers;
}
