/** Sends an emitter's calls to an object by RPC, for code that has the binding of its class. */
import {
  type Answer,
  type Call,
  type CallMessage,
  METHOD,
  VERSION,
} from "../../glue/adapter/calls/calls.ts";
import { describe } from "../../glue/common/option-checks.ts";
import type { EmitterShards } from "./options.ts";
import type { Channel } from "./outbox.ts";

/** As much of a Durable Object binding as an emitter needs. */
export interface ObjectNamespace {
  /** The id of the object with this name. */
  // biome-ignore lint/suspicious/noExplicitAny: ids and stubs are the platform's
  idFromName(name: string): any;
  /** A stub of the object with this id. */
  // biome-ignore lint/suspicious/noExplicitAny: ids and stubs are the platform's
  get(id: any): any;
}

type Stub = Record<typeof METHOD, (message: unknown) => Promise<Answer[]>>;

/** Properties that the platform sets on the errors of failed calls. */
interface CallError extends Error {
  durableObjectReset?: boolean;
  retryable?: boolean;
  overloaded?: boolean;
}

interface Attempt {
  calls: Call[];
  /** Of the channel's messages: one that is sent again has the same. */
  number: number;
  stub: Stub;
  isSecond: boolean;
  resolve(answers: Answer[]): void;
  reject(error: unknown): void;
}

/** Throws a TypeError for what is no binding. `taker`: the function that was given it. */
export function checkNamespace(taker: string, namespace: ObjectNamespace): void {
  if (typeof namespace?.idFromName === "function" && typeof namespace.get === "function") return;
  throw new TypeError(
    `dormouse: ${taker} needs the binding of a Durable Object class (such as env.CHAT), got ${describe(namespace)}: ` +
      "is it among the durable_objects bindings of the Worker's configuration, under the name that the code says?",
  );
}

export class ObjectChannel implements Channel {
  /** RPC takes 32 MiB. */
  readonly maxBytes = 16 * 1024 * 1024;
  readonly #connect: (name: string) => Stub;
  readonly #nameFor: (first: Call) => string;
  /** Where the first call goes, and so all: one object keeps their order. */
  #name: string | undefined;
  /** One is kept: making them is dearer than calling, and calls on one keep their order. */
  #stub: Stub | undefined;
  /** Who sends these messages. Made with the first: where modules are loaded nothing is random. */
  #id: string | undefined;
  #lastNumber = 0;
  /** In the order in which they were made. */
  #unanswered: Attempt[] = [];

  constructor(namespace: ObjectNamespace, name: string, shards?: EmitterShards) {
    checkNamespace("emitter", namespace);
    this.#nameFor = (call) =>
      shards?._begin(name, call.namespace, roomsOf(call), namespace) ?? name;
    this.#connect = (to) => namespace.get(namespace.idFromName(to));
  }

  weigh(call: Call): number {
    return sizeOf(call);
  }

  send(calls: Call[]): Promise<Answer[]> {
    return new Promise((resolve, reject) => {
      this.#name ??= this.#nameFor(calls[0] as Call);
      this.#stub ??= this.#connect(this.#name);
      this.#lastNumber += 1;
      const number = this.#lastNumber;
      this.#call({ calls, number, stub: this.#stub, isSecond: false, resolve, reject });
    });
  }

  async #call(attempt: Attempt): Promise<void> {
    this.#unanswered.push(attempt);
    const { calls, number, stub } = attempt;
    this.#id ??= crypto.randomUUID();
    const message: CallMessage = { version: VERSION, calls, id: `${this.#id}:${number}` };
    try {
      const answers = await stub[METHOD](message);
      if (this.#forget(attempt)) attempt.resolve(answers);
    } catch (error) {
      // Else it has been made again already.
      if (this.#forget(attempt)) this.#failed(attempt, error as CallError);
    }
  }

  /** What failed because the object was reset is called once more; an object that is overloaded is left alone. */
  #failed(attempt: Attempt, error: CallError): void {
    const { stub, isSecond } = attempt;
    // One that has failed stays broken.
    if (this.#stub === stub) this.#stub = undefined;
    if (isOfAnotherRequest(error) && !isSecond) {
      // It has not left. Stubs belong to the request in which they were made, emitters should, too.
      this.#stub ??= this.#connect(this.#name as string);
      this.#call({ ...attempt, stub: this.#stub, isSecond: true });
      return;
    }
    const isWorthIt = error?.durableObjectReset === true || error?.retryable === true;
    if (!isWorthIt || error.overloaded === true || isSecond) {
      attempt.reject(error);
      return;
    }
    // With all that went the same way, in its order, before anything new.
    const lost = [attempt, ...this.#unanswered.filter((other) => other.stub === stub)];
    this.#unanswered = this.#unanswered.filter((other) => other.stub !== stub);
    this.#stub ??= this.#connect(this.#name as string);
    for (const each of lost) this.#call({ ...each, stub: this.#stub, isSecond: true });
  }

  /** Forgets an attempt. Returns whether it was among those that are waited for. */
  #forget(attempt: Attempt): boolean {
    const at = this.#unanswered.indexOf(attempt);
    if (at >= 0) this.#unanswered.splice(at, 1);
    return at >= 0;
  }
}

function roomsOf(call: Call): readonly string[] {
  return "rooms" in call ? call.rooms : [];
}

function isOfAnotherRequest({ message }: CallError): boolean {
  return String(message).startsWith("Cannot perform I/O on behalf of a different request");
}

const BYTES_PER_VALUE = 8;

/** What a value takes up as the platform serializes it, about and at most. */
function sizeOf(value: unknown): number {
  if (typeof value === "string") return BYTES_PER_VALUE + 2 * value.length;
  if (typeof value !== "object" || value === null) return BYTES_PER_VALUE;
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
    return BYTES_PER_VALUE + value.byteLength;
  }
  const isListed = value instanceof Map || value instanceof Set;
  const parts = isListed ? [...value].flat() : Object.entries(value).flat();
  return parts.reduce<number>((sum, part) => sum + sizeOf(part), BYTES_PER_VALUE);
}
