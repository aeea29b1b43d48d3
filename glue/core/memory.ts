/**
 * Passes everything but plain numbers to the core and back, through the memory of its instance: arguments are written
 * into the input area, results are read where the result block says. Results are only valid until the next call, so
 * they are copied.
 */

import * as LateCall from "./abi/late-call.gen.ts";
import * as ResultWord from "./abi/result-word.gen.ts";
import { decodeEffects, type Effect } from "./effects.ts";
import type { Instance, LinearMemory } from "./instance.ts";
import {
  type Encoded,
  MAX_ASCII,
  MAX_BYTES_PER_UNIT,
  readLatin1,
  readText,
  writeHead,
  writeLatin1,
  writeText,
} from "./text.ts";

/** Sessions and their connections, side by side; copies that outlive the call. */
export interface Recipients {
  sessions: Uint32Array;
  connections: Uint32Array;
}

/** Bytes of the input area at first. */
const INPUT = 1_024;
/** An input area that has grown beyond this many bytes is given back. */
const MAX_KEPT_INPUT = 65_536;

const NO_EFFECTS: Effect[] = [];

export class Memory {
  readonly #instance: Instance;
  readonly #memory: LinearMemory;
  /** Index of the result block in words. */
  readonly #results: number;
  readonly #readText = (offset: number, length: number): string => this.#effectText(offset, length);
  #words: Uint32Array;
  #bytes: Uint8Array;
  #input: number;
  #inputSize = INPUT;
  #effectBytes = 0;

  constructor(instance: Instance) {
    this.#instance = instance;
    this.#memory = instance.exports.memory;
    this.#results = instance.call(LateCall.results) >>> 2;
    this.#input = instance.call(LateCall.input, INPUT);
    this.#words = new Uint32Array(this.#memory.buffer);
    this.#bytes = new Uint8Array(this.#memory.buffer);
  }

  /** In bytes. */
  get size(): number {
    return this.#memory.buffer.byteLength;
  }

  /** Where the input area is. */
  get input(): number {
    return this.#input;
  }

  // --- what calls take ---------------------------------------------------------------------------

  /** Writes a text into the input area; returns where it is and how many bytes it has. */
  write(text: string): [pointer: number, length: number] {
    this.#reserve(text.length * MAX_BYTES_PER_UNIT);
    return [this.#input, writeText(text, this.#bytes, this.#input)];
  }

  /** Writes lengths, then all the bytes. */
  writeTexts(texts: readonly string[]): void {
    let size = texts.length * 4;
    for (const text of texts) size += text.length * MAX_BYTES_PER_UNIT;
    this.#reserve(size);
    let at = this.#input + texts.length * 4;
    let word = this.#input >>> 2;
    for (const text of texts) {
      const length = writeText(text, this.#bytes, at);
      this.#words[word++] = length;
      at += length;
    }
  }

  /** Writes words, handles among them. */
  writeWords(words: ArrayLike<number>): void {
    this.#reserve(words.length * 4);
    this.#words.set(words, this.#input >>> 2);
  }

  /** Writes what `latin1` read. */
  writeLatin1(text: string): void {
    this.#reserve(text.length);
    writeLatin1(text, this.#bytes, this.#input);
  }

  /** Writes as much of a text as goes into so many bytes. */
  writeHead(text: string, size: number): Encoded {
    this.#reserve(size);
    return writeHead(text, this.#bytes, this.#input, size);
  }

  /**
   * Writes a text up to the first unit that is `last`, that one included; returns how many units. 0 if it is not among
   * the first `most`, or anything before it is not ASCII.
   */
  writeUntil(text: string, last: number, most: number): number {
    this.#reserve(most);
    const bytes = this.#bytes;
    const start = this.#input;
    const end = Math.min(text.length, most);
    for (let at = 0; at < end; at++) {
      const unit = text.charCodeAt(at);
      if (unit > MAX_ASCII) return 0;
      bytes[start + at] = unit;
      if (unit === last) return at + 1;
    }
    return 0;
  }

  /** Gives an input area back that has become large. */
  giveBack(): void {
    if (this.#inputSize <= MAX_KEPT_INPUT) return;
    this.#makeInput(INPUT);
  }

  /** Makes room for `size` bytes in the input area. */
  #reserve(size: number): void {
    if (size > this.#inputSize) this.#makeInput(size);
    if (this.#words.length === 0) this.#refreshViews();
  }

  #makeInput(size: number): void {
    this.#input = this.#instance.call(LateCall.input, size);
    this.#inputSize = size;
  }

  // --- what calls answer -------------------------------------------------------------------------

  /** A word of the results. `place`: a `ResultWord`. */
  value(place: number): number {
    if (this.#words.length === 0) this.#refreshViews();
    return this.#words[this.#results + place] as number;
  }

  /** The one number that a call answers with: a handle, or flags. */
  result(): number {
    return this.value(ResultWord.value_0);
  }

  ackId(): number {
    return this.value(ResultWord.value_1) * 2 ** 32 + this.value(ResultWord.value_0);
  }

  /** The effects of the last call. */
  effects(): Effect[] {
    const count = this.value(ResultWord.effect_word_count);
    if (count === 0) return NO_EFFECTS;
    this.#effectBytes = this.value(ResultWord.effect_bytes);
    const start = this.value(ResultWord.effect_words) >>> 2;
    return decodeEffects(this.#words, start, count, this.#readText);
  }

  text(): string {
    const start = this.value(ResultWord.value_0);
    return readText(this.#bytes, start, start + this.value(ResultWord.value_1));
  }

  texts(): string[] {
    let length = this.value(ResultWord.value_0) >>> 2;
    let start = this.value(ResultWord.value_1);
    const count = this.value(ResultWord.value_2);
    const texts: string[] = [];
    for (let i = 0; i < count; i++) {
      const end = start + (this.#words[length++] as number);
      texts.push(readText(this.#bytes, start, end));
      start = end;
    }
    return texts;
  }

  /** Bytes, one in each unit. */
  latin1(): string {
    const start = this.value(ResultWord.value_0);
    return readLatin1(this.#bytes, start, start + this.value(ResultWord.value_1));
  }

  /** Reads `count` handles. They are few, and a plain array is cheaper for that than a typed one. */
  handles(count: number): number[] {
    const start = this.value(ResultWord.value_0) >>> 2;
    const handles = new Array<number>(count);
    for (let i = 0; i < count; i++) handles[i] = this.#words[start + i] as number;
    return handles;
  }

  recipients(): Recipients {
    const count = this.value(ResultWord.value_2);
    return {
      sessions: this.#slice(this.value(ResultWord.value_0), count),
      connections: this.#slice(this.value(ResultWord.value_1), count),
    };
  }

  #slice(pointer: number, count: number): Uint32Array {
    return this.#words.slice(pointer >>> 2, (pointer >>> 2) + count);
  }

  /** A text of the effects' arena. */
  #effectText(offset: number, length: number): string {
    const start = this.#effectBytes + offset;
    return readText(this.#bytes, start, start + length);
  }

  /** When the memory grows, views of it are detached, and their length becomes 0. */
  #refreshViews(): void {
    this.#words = new Uint32Array(this.#memory.buffer);
    this.#bytes = new Uint8Array(this.#memory.buffer);
  }
}
