/**
 * Ids of signed messages that were performed, so that nobody who has seen one can send it again. They are kept in the
 * storage, past sleeps, until their signatures are not valid any more.
 */
import type { OwnStorage } from "../../engine/host/host.ts";

/** What the keys begin with, in the host's storage. */
const PREFIX = "cluster:used:";
/** How many ids share a row, which is written with each of them. */
const ROW_IDS = 64;
/** How many ids are remembered. Further messages are refused. */
const MAX_IDS = 50_000;

/** Ids that are forgotten together. */
interface Row {
  /** Whose key it has. */
  slot: number;
  /** Milliseconds since the epoch, of the id that lasts longest. */
  until: number;
  ids: string[];
}

/** What is stored of a row: no id has a blank. */
type Stored = [until: number, ids: string];

export class UsedMessageIds {
  readonly #storage: OwnStorage;
  readonly #ids = new Set<string>();
  /** Those of them that are in no row yet, for what was asked for is not done, and until when they are remembered. */
  readonly #underWay = new Map<string, number>();
  /** The rows in use, the oldest first. Ids are added to the last one. */
  #rows: Row[] = [];
  /** Of rows that are over: they are used again, so that there are no more than there ever were. */
  readonly #free: number[] = [];
  /** A slot that never was in use, nor are those behind it. */
  #next = 0;

  constructor(storage: OwnStorage) {
    this.#storage = storage;
    for (const [key, value] of storage.list(PREFIX)) {
      const [until, ids] = value as Stored;
      const row = { slot: Number(key.slice(PREFIX.length)), until, ids: ids.split(" ") };
      this.#rows.push(row);
      this.#next = Math.max(this.#next, row.slot + 1);
      for (const id of row.ids) this.#ids.add(id);
    }
    this.#rows.sort((a, b) => a.until - b.until);
    storage.onLoss(() => {
      for (const row of this.#rows) this.#put(row);
    });
  }

  /**
   * Uses an id. Throws an error whose `refusal` says why not: it has been `used`, or there are too many (`full`).
   * `now`, `until`: milliseconds since the epoch. Gives a function that writes it down, to be called once what was
   * asked for is done: what is sent before waits for no storage. One that was used is remembered until this, too: a
   * message that was signed anew could be sent again as long as that.
   */
  use(id: string, until: number, now: number): () => void {
    this.#forget(now);
    if (this.#ids.has(id)) {
      this.#remember(id, until);
      throw refused("used", "a message of this id has been performed");
    }
    if (this.#ids.size >= MAX_IDS) {
      throw refused(
        "full",
        `more than ${MAX_IDS} messages in a short time: put several calls in one`,
      );
    }
    this.#ids.add(id);
    this.#underWay.set(id, until);
    return () => this.#writeDown(id);
  }

  #writeDown(id: string): void {
    const until = this.#underWay.get(id);
    // It has taken so long that its signature is not valid any more.
    if (until === undefined) return;
    this.#underWay.delete(id);
    const row = this.#rowForOneMore();
    row.ids.push(id);
    row.until = Math.max(row.until, until);
    this.#put(row);
  }

  #remember(id: string, until: number): void {
    const current = this.#underWay.get(id);
    if (current !== undefined) this.#underWay.set(id, Math.max(current, until));
    const row = this.#rows.find(({ ids }) => ids.includes(id));
    if (row === undefined || row.until >= until) return;
    row.until = until;
    this.#put(row);
  }

  #rowForOneMore(): Row {
    const last = this.#rows.at(-1);
    if (last !== undefined && last.ids.length < ROW_IDS) return last;
    const row = { slot: this.#free.pop() ?? this.#next++, until: 0, ids: [] };
    this.#rows.push(row);
    return row;
  }

  /** What no signature is valid for any more. */
  #forget(now: number): void {
    for (const [id, until] of this.#underWay) {
      if (until >= now) break;
      this.#underWay.delete(id);
      this.#ids.delete(id);
    }
    const isOver = ({ until }: Row): boolean => until < now;
    if (!this.#rows.some(isOver)) return;
    for (const { slot, ids } of this.#rows.filter(isOver)) {
      this.#free.push(slot);
      for (const id of ids) this.#ids.delete(id);
    }
    this.#rows = this.#rows.filter((row) => !isOver(row));
  }

  #put({ slot, until, ids }: Row): void {
    const stored: Stored = [until, ids.join(" ")];
    this.#storage.put(PREFIX + slot, stored);
  }
}

function refused(refusal: "used" | "full", message: string): Error {
  return Object.assign(new Error(message), { refusal });
}
