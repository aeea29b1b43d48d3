/**
 * The core's WebAssembly instance: memory, strings, calls. One method per export, under the same name.
 * A call that fails throws a `CoreError`, which is the caller's mistake; a trap tells `onTrap`, throws
 * a `CoreTrap`, and leaves the instance unusable.
 *
 * Effects are collected by `pollEffects`, to be called after each call that may cause some and before
 * the next one.
 */
import { ABI_VERSION, type CoreExports, NONE, ResultWord, Status, Transport } from "./abi.gen.ts";
import { type CoreConfig, configWords, fullConfig } from "./config.ts";
import {
  type DeliverEffect,
  decodeEffects,
  decodeOnlyEvent,
  type Effect,
  makeEvent,
} from "./effects.ts";
import { CoreError, CoreTrap } from "./errors.ts";
import {
  byteLength,
  encodeInto,
  MAX_BYTES_PER_UNIT,
  readLatin1,
  readText,
  writeLatin1,
  writeText,
} from "./text.ts";

/** Sessions and their connections, side by side; copies that outlive the call. */
export interface Recipients {
  sessions: Uint32Array;
  connections: Uint32Array;
}

/** What the handshake check looks at. */
export interface HandshakeCheck {
  transport: string;
  /** The `EIO` query parameter. */
  protocol: string;
  sid: string;
  method: string;
  isUpgrade: boolean;
  allowProtocol3: boolean;
}

/** Units of a message that are shown to the core at first; its header rarely is longer. */
const SHORT_HEAD = 24;
const LONG_HEAD = 128;
/** An input area that has grown beyond this many bytes is given back. */
const MAX_KEPT_INPUT = 65_536;
/** Either half of the ack id that means none. */
const NO_ACK = 0xffff_ffff;

const ARRAY_START = 0x5b;
const OBJECT_START = 0x7b;

const NO_EFFECTS: Effect[] = [];

/** The exports, with what every WebAssembly module of this kind has. */
type Exports = CoreExports & { _initialize?(): void };
type Name = keyof CoreExports;
/** The parameters behind the server. */
type Arguments<Export extends Name> =
  Parameters<CoreExports[Export]> extends [number, ...infer Rest] ? Rest : [];

export class Core {
  readonly #exports: Exports;
  readonly #memory: WebAssembly.Memory;
  readonly #server: number;
  /** Index of the result block in words. */
  readonly #results: number;
  readonly #config: CoreConfig;
  readonly #onTrap: (trap: CoreTrap) => void;
  readonly #readText = (offset: number, length: number): string => this.#text(offset, length);
  readonly #event = makeEvent();
  /** Names of namespaces by handle: they are asked for with every snapshot. */
  readonly #names = new Map<number, string>();
  #words: Uint32Array;
  #bytes: Uint8Array;
  #input: number;
  #inputSize: number;
  #effectBytes = 0;

  // Called for every message: looked up once.
  readonly #handleText: CoreExports["dm_handle_text"];
  readonly #handleBinary: CoreExports["dm_handle_binary"];
  readonly #resolve: CoreExports["dm_resolve"];
  readonly #pollChanged: CoreExports["dm_poll_changed"];

  /** `module`: a `WebAssembly.Module`, which Node's types alone do not declare. */
  constructor(
    module: object,
    config: Partial<CoreConfig>,
    onTrap: (trap: CoreTrap) => void = () => {},
  ) {
    this.#onTrap = onTrap;
    const instance = new WebAssembly.Instance(module as WebAssembly.Module, {});
    this.#exports = instance.exports as unknown as Exports;
    this.#memory = instance.exports.memory as WebAssembly.Memory;
    this.#exports._initialize?.();
    const version = this.#exports.dm_abi_version();
    if (version !== ABI_VERSION) {
      throw new Error(`core.wasm has boundary version ${version}, the glue ${ABI_VERSION}`);
    }
    this.#config = fullConfig(config);
    this.#server = this.#exports.dm_server_new();
    this.#results = this.#exports.dm_results(this.#server) >>> 2;
    this.#input = this.#exports.dm_input(this.#server, 0);
    this.#inputSize = this.#exports.dm_input_size(this.#server);
    this.#words = new Uint32Array(this.#memory.buffer);
    this.#bytes = new Uint8Array(this.#memory.buffer);
    this.#handleText = this.#exports.dm_handle_text;
    this.#handleBinary = this.#exports.dm_handle_binary;
    this.#resolve = this.#exports.dm_resolve;
    this.#pollChanged = this.#exports.dm_poll_changed;
    const words = configWords(this.#config);
    this.#words.set(words, this.#input >>> 2);
    this.#run("dm_configure", this.#input, words.length);
  }

  /** Bytes of WebAssembly memory. */
  get memorySize(): number {
    return this.#memory.buffer.byteLength;
  }

  /**
   * The effect of the last call, if it is one event and nothing else; undefined: see `pollEffects`. The
   * object is the same each time, so it holds until the next call of this.
   */
  pollOnlyEvent(): Readonly<DeliverEffect> | undefined {
    this.#refreshViews();
    const words = this.#words;
    const results = this.#results;
    const start = (words[results + ResultWord.effect_words] as number) >>> 2;
    const count = words[results + ResultWord.effect_word_count] as number;
    return decodeOnlyEvent(words, start, count, this.#event) ? this.#event : undefined;
  }

  /** The effects of the last call. */
  pollEffects(): Effect[] {
    this.#refreshViews();
    const count = this.#words[this.#results + ResultWord.effect_word_count] as number;
    if (count === 0) return NO_EFFECTS;
    this.#effectBytes = this.#words[this.#results + ResultWord.effect_bytes] as number;
    const start = (this.#words[this.#results + ResultWord.effect_words] as number) >>> 2;
    return decodeEffects(this.#words, start, count, this.#readText);
  }

  // --- inputs ------------------------------------------------------------------------------------

  /** Returns the connection. */
  handleOpen(
    now: number,
    protocol: 3 | 4,
    id: string,
    transport: number = Transport.websocket,
  ): number {
    const length = this.#write(id);
    this.#run("dm_handle_open", now, protocol, transport, this.#input, length);
    return this.#value(ResultWord.value_0);
  }

  handleText(now: number, connection: number, text: string): void {
    let units = this.#writeShortHead(text);
    let length = units;
    if (units === 0) {
      const head = this.#writeHead(text, LONG_HEAD);
      units = head.read;
      length = head.written;
    }
    let status = this.#tryText(now, connection, text, length);
    while (status === Status.more_head_needed && units < text.length) {
      const head = this.#writeHead(text, Math.max(units * 4, LONG_HEAD));
      units = head.read;
      length = head.written;
      status = this.#tryText(now, connection, text, length);
    }
    if (status !== Status.ok) throw new CoreError("dm_handle_text", status, this.#config);
    if (this.#inputSize > MAX_KEPT_INPUT) this.#shrinkInput();
  }

  handleBinary(now: number, connection: number, size: number, firstByte: number): void {
    let status: number;
    try {
      status = this.#handleBinary(this.#server, now, connection, size, firstByte);
    } catch (error) {
      throw this.#trapped("dm_handle_binary", error);
    }
    if (status !== Status.ok) throw new CoreError("dm_handle_binary", status, this.#config);
  }

  /** A codec other than JSON has decoded a packet. `type` is a `PacketType`. */
  handlePacket(connection: number, type: number, namespace: string, ackId?: number): void {
    const length = this.#write(namespace);
    const low = ackId === undefined ? NO_ACK : ackId % 2 ** 32;
    const high = ackId === undefined ? NO_ACK : Math.floor(ackId / 2 ** 32);
    this.#run("dm_handle_packet", connection, type, this.#input, length, low, high);
  }

  /** `reason` is a `DisconnectReason`. */
  handleClose(connection: number, reason: number): void {
    this.#run("dm_handle_close", connection, reason);
  }

  /** `fault` is a `Fault`. */
  handleFault(connection: number, fault: number): void {
    this.#run("dm_handle_fault", connection, fault);
  }

  /** The client was alive at `at`, by the same clock as `now`. */
  noteHeard(now: number, connection: number, at: number): void {
    this.#run("dm_note_heard", now, connection, at);
  }

  /** A WebSocket wants to take over from polling. */
  beginUpgrade(connection: number): void {
    this.#run("dm_begin_upgrade", connection);
  }

  /** The client has changed over to the WebSocket. */
  finishUpgrade(connection: number): void {
    this.#run("dm_finish_upgrade", connection);
  }

  /** The WebSocket is gone before that: polling goes on. */
  abandonUpgrade(connection: number): void {
    this.#run("dm_abandon_upgrade", connection);
  }

  handleTimeout(now: number): void {
    this.#run("dm_handle_timeout", now);
  }

  // --- commands ----------------------------------------------------------------------------------

  setConnectTimeout(milliseconds: number): void {
    this.#run("dm_set_connect_timeout", milliseconds);
  }

  /** Returns the namespace. */
  addNamespace(name: string): number {
    const length = this.#write(name);
    this.#run("dm_add_namespace", this.#input, length);
    return this.#value(ResultWord.value_0);
  }

  removeNamespace(namespace: number): void {
    this.#names.delete(namespace);
    this.#run("dm_remove_namespace", namespace);
  }

  assign(session: number, namespace: number, id: string): void {
    const length = this.#write(id);
    this.#run("dm_assign", session, namespace, this.#input, length);
  }

  rename(session: number, id: string): void {
    const length = this.#write(id);
    this.#run("dm_rename", session, this.#input, length);
  }

  unlist(session: number): void {
    this.#run("dm_unlist", session);
  }

  admit(session: number, pid: string): void {
    const length = this.#write(pid);
    this.#run("dm_admit", session, this.#input, length);
  }

  /** `payload` is JSON. */
  refuse(session: number, payload: string): void {
    const length = this.#write(payload);
    this.#run("dm_refuse", session, this.#input, length);
    if (this.#inputSize > MAX_KEPT_INPUT) this.#shrinkInput();
  }

  reject(session: number): void {
    this.#run("dm_reject", session);
  }

  disconnect(session: number): void {
    this.#run("dm_disconnect", session);
  }

  /** `reason` is a `DisconnectReason`. */
  closeSession(session: number, reason: number): void {
    this.#run("dm_close_session", session, reason);
  }

  /** `reason` is a `DisconnectReason`. */
  closeConnection(connection: number, reason: number): void {
    this.#run("dm_close_connection", connection, reason);
  }

  release(session: number): void {
    this.#run("dm_release", session);
  }

  /** Returns the ack id. */
  allocateAck(session: number): number {
    this.#run("dm_allocate_ack", session);
    return this.#value(ResultWord.value_1) * 2 ** 32 + this.#value(ResultWord.value_0);
  }

  /** Returns the ack id. */
  allocateBroadcastAck(namespace: number, sessions: Uint32Array): number {
    this.#reserve(sessions.length * 4);
    this.#words.set(sessions, this.#input >>> 2);
    this.#run("dm_allocate_broadcast_ack", namespace, this.#input, sessions.length);
    return this.#value(ResultWord.value_1) * 2 ** 32 + this.#value(ResultWord.value_0);
  }

  /** Returns `RoomChange` flags. */
  join(session: number, room: string): number {
    const length = this.#write(room);
    this.#run("dm_join", session, this.#input, length);
    return this.#value(ResultWord.value_0);
  }

  /** Returns `RoomChange` flags. */
  leave(session: number, room: string): number {
    const length = this.#write(room);
    this.#run("dm_leave", session, this.#input, length);
    return this.#value(ResultWord.value_0);
  }

  // --- rooms -------------------------------------------------------------------------------------

  /** In the order joined. */
  roomsOf(session: number): string[] {
    this.#call("dm_rooms_of", session);
    return this.#strings();
  }

  /** In the order created. */
  roomsIn(namespace: number): string[] {
    this.#call("dm_rooms_in", namespace);
    return this.#strings();
  }

  /** Connected sessions that are in any of `rooms` (of all, if there are none) and in none of `except`. */
  resolve(namespace: number, rooms: readonly string[], except: readonly string[]): Recipients {
    this.#writeList(except.length === 0 ? rooms : [...rooms, ...except]);
    try {
      this.#resolve(this.#server, namespace, this.#input, rooms.length, except.length);
    } catch (error) {
      throw this.#trapped("dm_resolve", error);
    }
    return this.#recipients();
  }

  /** Every session in a room, connected or not. */
  membersOf(namespace: number, room: string): Recipients {
    const length = this.#write(room);
    this.#call("dm_members_of", namespace, this.#input, length);
    return this.#recipients();
  }

  // --- snapshots and getters ---------------------------------------------------------------------

  /**
   * The connection's snapshot, one byte in each unit, which is cheaper to make and to clone than a
   * buffer; empty if there is no such connection.
   */
  snapshot(connection: number): string {
    this.#call("dm_snapshot", connection);
    const start = this.#value(ResultWord.value_0);
    return readLatin1(this.#bytes, start, start + this.#value(ResultWord.value_1));
  }

  /** Returns the connection. */
  restore(now: number, snapshot: string): number {
    this.#reserve(snapshot.length);
    writeLatin1(snapshot, this.#bytes, this.#input);
    this.#run("dm_restore", now, this.#input, snapshot.length);
    return this.#value(ResultWord.value_0);
  }

  /** Connections that changed since the last call; a copy, or undefined if there are none. */
  pollChanged(): number[] | undefined {
    let count: number;
    try {
      count = this.#pollChanged(this.#server);
    } catch (error) {
      throw this.#trapped("dm_poll_changed", error);
    }
    return count === 0 ? undefined : this.#fewHandles(this.#value(ResultWord.value_0), count);
  }

  engineId(connection: number): string {
    this.#call("dm_engine_id", connection);
    return this.#string();
  }

  /** The open connection of an Engine.IO id, if clients may come back with theirs (polling). */
  findConnection(id: string): number | undefined {
    const length = this.#write(id);
    return orUndefined(this.#call("dm_find_connection", this.#input, length));
  }

  /** A `Transport`. */
  transport(connection: number): number {
    return this.#call("dm_transport", connection);
  }

  protocol(connection: number): 3 | 4 {
    return this.#call("dm_protocol", connection) === 3 ? 3 : 4;
  }

  /** Oldest first. */
  sessionsOf(connection: number): number[] {
    this.#call("dm_sessions_of", connection);
    return this.#fewHandles(this.#value(ResultWord.value_0), this.#value(ResultWord.value_1));
  }

  /** Empty if there is no such session, or it has no id yet. */
  sessionId(session: number): string {
    this.#call("dm_session_id", session);
    return this.#string();
  }

  /** Empty if there is none. */
  recoveryId(session: number): string {
    this.#call("dm_recovery_id", session);
    return this.#string();
  }

  namespaceOf(session: number): number {
    return this.#call("dm_namespace_of", session) >>> 0;
  }

  connectionOf(session: number): number {
    return this.#call("dm_connection_of", session) >>> 0;
  }

  /** Whether the session is admitted and not closing. */
  isConnected(session: number): boolean {
    return this.#call("dm_is_connected", session) !== 0;
  }

  /** Whether the session gets broadcasts: it was admitted, and neither released nor unlisted. */
  isListed(session: number): boolean {
    return this.#call("dm_is_listed", session) !== 0;
  }

  /** Empty if there is no such namespace. */
  namespaceName(namespace: number): string {
    const known = this.#names.get(namespace);
    if (known !== undefined) return known;
    this.#call("dm_namespace_name", namespace);
    const name = this.#string();
    if (name !== "") this.#names.set(namespace, name);
    return name;
  }

  /** Or undefined. */
  findNamespace(name: string): number | undefined {
    const length = this.#write(name);
    return orUndefined(this.#call("dm_find_namespace", this.#input, length));
  }

  /** A connected session by id, or undefined. */
  findSession(namespace: number, id: string): number | undefined {
    const length = this.#write(id);
    return orUndefined(this.#call("dm_find_session", namespace, this.#input, length));
  }

  connectionCount(): number {
    return this.#call("dm_connection_count");
  }

  /** Returns a `HandshakeError`. */
  checkHandshake(request: HandshakeCheck): number {
    this.#writeList([request.transport, request.protocol, request.sid, request.method]);
    const flags = (request.isUpgrade ? 1 : 0) | (request.allowProtocol3 ? 2 : 0);
    return this.#call("dm_check_handshake", this.#input, flags);
  }

  // --- calls -------------------------------------------------------------------------------------

  #call<Export extends Name>(
    name: Export,
    ...args: Arguments<Export>
  ): ReturnType<CoreExports[Export]> {
    const call = this.#exports[name] as (...all: number[]) => ReturnType<CoreExports[Export]>;
    try {
      return call(this.#server, ...(args as number[]));
    } catch (error) {
      throw this.#trapped(name, error);
    }
  }

  /** A call that answers with a status. */
  #run<Export extends Name>(name: Export, ...args: Arguments<Export>): void {
    const status = this.#call(name, ...args);
    if (status !== Status.ok) throw new CoreError(name, status as number, this.#config);
  }

  #trapped(name: string, error: unknown): CoreTrap {
    const trap = new CoreTrap(name, error);
    this.#onTrap(trap);
    return trap;
  }

  #tryText(now: number, connection: number, text: string, headLength: number): number {
    const units = text.length;
    const bytes =
      units * MAX_BYTES_PER_UNIT <= this.#config.maxPayload || units > this.#config.maxPayload
        ? units
        : byteLength(text);
    try {
      return this.#handleText(this.#server, now, connection, this.#input, headLength, units, bytes);
    } catch (error) {
      throw this.#trapped("dm_handle_text", error);
    }
  }

  // --- memory ------------------------------------------------------------------------------------

  /** Views lose their memory when it grows. */
  #refreshViews(): void {
    if (this.#words.length > 0) return;
    this.#words = new Uint32Array(this.#memory.buffer);
    this.#bytes = new Uint8Array(this.#memory.buffer);
  }

  #value(index: number): number {
    this.#refreshViews();
    return this.#words[this.#results + index] as number;
  }

  /** Makes room for `size` bytes in the input area. */
  #reserve(size: number): void {
    if (size > this.#inputSize) {
      this.#input = this.#call("dm_input", size);
      this.#inputSize = this.#call("dm_input_size");
    }
    this.#refreshViews();
  }

  #shrinkInput(): void {
    this.#call("dm_shrink_input");
    this.#input = this.#call("dm_input", 0);
    this.#inputSize = this.#call("dm_input_size");
  }

  /** Writes a text into the input area; returns its bytes. */
  #write(text: string): number {
    this.#reserve(text.length * MAX_BYTES_PER_UNIT);
    return writeText(text, this.#bytes, this.#input);
  }

  /**
   * Copies an ASCII head up to the unit with which a payload starts, which is all that the core reads
   * of most messages. Returns 0 if there is something else than ASCII.
   */
  #writeShortHead(text: string): number {
    this.#refreshViews();
    const bytes = this.#bytes;
    const start = this.#input;
    const units = Math.min(text.length, SHORT_HEAD);
    for (let i = 0; i < units; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) return 0;
      bytes[start + i] = unit;
      if (unit === ARRAY_START || unit === OBJECT_START) return i + 1;
    }
    return units;
  }

  #writeHead(text: string, size: number): { read: number; written: number } {
    this.#reserve(size);
    return encodeInto(text, this.#bytes.subarray(this.#input, this.#input + size));
  }

  /** Writes lengths, then all the bytes. */
  #writeList(texts: readonly string[]): void {
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

  /** A text of the effects' arena. */
  #text(offset: number, length: number): string {
    const start = this.#effectBytes + offset;
    return readText(this.#bytes, start, start + length);
  }

  #string(): string {
    const start = this.#value(ResultWord.value_0);
    return readText(this.#bytes, start, start + this.#value(ResultWord.value_1));
  }

  #strings(): string[] {
    let length = this.#value(ResultWord.value_0) >>> 2;
    let start = this.#value(ResultWord.value_1);
    const count = this.#value(ResultWord.value_2);
    const strings: string[] = [];
    for (let i = 0; i < count; i++) {
      const end = start + (this.#words[length++] as number);
      strings.push(readText(this.#bytes, start, end));
      start = end;
    }
    return strings;
  }

  #handles(pointer: number, count: number): Uint32Array {
    this.#refreshViews();
    return this.#words.slice(pointer >>> 2, (pointer >>> 2) + count);
  }

  /** Of a few, an array is cheaper to make, and to go through, than a typed one. */
  #fewHandles(pointer: number, count: number): number[] {
    this.#refreshViews();
    const handles: number[] = [];
    for (let at = pointer >>> 2; handles.length < count; at++) {
      handles.push(this.#words[at] as number);
    }
    return handles;
  }

  #recipients(): Recipients {
    const count = this.#value(ResultWord.value_2);
    return {
      sessions: this.#handles(this.#value(ResultWord.value_0), count),
      connections: this.#handles(this.#value(ResultWord.value_1), count),
    };
  }
}

function orUndefined(handle: number): number | undefined {
  return handle >>> 0 === NONE ? undefined : handle >>> 0;
}
