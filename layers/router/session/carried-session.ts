/** A session in the hands of whoever carries its id: a socket, or an HTTP request. */

import type { Any } from "../types.ts";
import { type SessionRecord, type SessionRecords, sessionIsOver } from "./records.ts";
import type { OpenSession, Session, SessionMethods } from "./source.ts";

/** Told when the session has got another id. */
type Carry = (id: string) => void;

export class CarriedSession<Data extends object> implements OpenSession<Data> {
  readonly session: Session<Data>;
  readonly #records: SessionRecords;
  readonly #carry: Carry;
  readonly #isAgeing: boolean;
  #id: string;
  #isOver: boolean;
  /** What is kept of it, as JSON. */
  #kept: string;

  constructor(id: string, record: SessionRecord, records: SessionRecords, carry: Carry) {
    this.#id = id;
    this.#records = records;
    this.#carry = carry;
    this.#isOver = record.isOver;
    this.#isAgeing = record.isAgeing;
    this.session = new LiveSession(this, record.data) as unknown as Session<Data>;
    this.#kept = JSON.stringify(this.session);
  }

  get id(): string {
    return this.#id;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  async close(): Promise<void> {
    if (JSON.stringify(this.session) !== this.#kept) await this.save();
    else if (this.#isAgeing && !this.#isOver) await this.#records.renew(this.#id);
  }

  async save(): Promise<void> {
    if (this.#isOver) throw sessionIsOver();
    await this.#records.write(this.#id, this.#dataToKeep());
  }

  async destroy(): Promise<void> {
    const data = this.session as Record<string, unknown>;
    for (const key of Object.keys(data)) delete data[key];
    this.#kept = JSON.stringify(data);
    this.#isOver = true;
    await this.#records.end(this.#id);
  }

  async regenerate(): Promise<void> {
    const before = this.#id;
    const wasOver = this.#isOver;
    this.#id = newSessionId();
    this.#isOver = false;
    this.#carry(this.#id);
    await this.#records.rename(before, this.#id, this.#dataToKeep());
    if (!wasOver) await this.#records.end(before);
  }

  #dataToKeep(): Record<string, unknown> {
    const json = JSON.stringify(this.session);
    // At once, so that what is changed while this is being written is seen to have changed.
    this.#kept = json;
    return JSON.parse(json);
  }
}

/** What a replay sees: the data, to be changed as it was before, and nothing comes of it. */
export function replayedSession<Data extends object>(
  id: string,
  record: SessionRecord,
): OpenSession<Data> {
  const nothing = async () => {};
  const owner = { id, save: nothing, destroy: nothing, regenerate: nothing };
  const session = new LiveSession(owner, record.data) as unknown as Session<Data>;
  return { session, close: nothing };
}

/** An id that nobody can guess. */
export function newSessionId(): string {
  return crypto.randomUUID();
}

/**
 * The id of the session that begins with a connection. It can be found again from the connection at any
 * time, and says nothing of the connection's id, which is a secret.
 */
export async function sessionOfConnection(id: string): Promise<string> {
  const text = new TextEncoder().encode(`session of ${id}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Its own properties are the data. */
class LiveSession implements SessionMethods {
  readonly #owner: SessionMethods;

  constructor(owner: SessionMethods, data: Record<string, unknown>) {
    this.#owner = owner;
    for (const [key, value] of Object.entries(data)) {
      // Not by assignment: `__proto__` is a key like others.
      const property = { value, writable: true, enumerable: true, configurable: true };
      Object.defineProperty(this, key, property satisfies TypedPropertyDescriptor<Any>);
    }
  }

  get id(): string {
    return this.#owner.id;
  }

  save(): Promise<void> {
    return this.#owner.save();
  }

  destroy(): Promise<void> {
    return this.#owner.destroy();
  }

  regenerate(): Promise<void> {
    return this.#owner.regenerate();
  }
}
