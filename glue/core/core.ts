/**
 * What can be asked of the core: one method per export, under the same name. A call that fails throws a
 * `CoreError`, which is the caller's mistake; after a `CoreTrap` nothing can be asked any more.
 *
 * Effects are collected by `pollEffects`, to be called after each call that may cause some and before
 * the next one.
 */

import * as DeliveryLayout from "./abi/delivery-layout.gen.ts";
import * as LateCall from "./abi/late-call.gen.ts";
import * as ResultWord from "./abi/result-word.gen.ts";
import * as Status from "./abi/status.gen.ts";
import * as Transport from "./abi/transport.gen.ts";
import { type CoreExports, NONE } from "./abi.gen.ts";
import { type CoreConfig, configFields, configWords, fullConfig } from "./config.ts";
import { type DeliverEffect, type Effect, makeDelivery, unpackDelivery } from "./effects.ts";
import type { CoreTrap } from "./errors.ts";
import { Instance } from "./instance.ts";
import { Memory, type Recipients } from "./memory.ts";
import { byteLength, MAX_ASCII, MAX_BYTES_PER_UNIT } from "./text.ts";

export type { Recipients } from "./memory.ts";

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

/** How payloads start; that of an EVENT or ACK is an array. The core reads only what is before. */
const ARRAY_START = 0x5b;
const OBJECT_START = 0x7b;
/** Bytes of a message that the core is given at first; headers are rarely longer. */
const LONG_HEAD = 128;
/** Either half of the ack id that means none. */
const NO_ACK = 0xffff_ffff;

export class Core {
  /** What it was set up with, defaults included. */
  readonly config: Readonly<CoreConfig>;
  readonly #instance: Instance;
  readonly #memory: Memory;
  readonly #delivery = makeDelivery();
  /** Names of open namespaces by handle: they are asked for with every snapshot. */
  readonly #names = new Map<number, string>();
  /** Changes whenever the members of a room may have changed. */
  roomsRevision = 0;

  // Called for every message: looked up once.
  readonly #server: number;
  readonly #handleDelivery: CoreExports["dm_handle_delivery"];
  readonly #handleLongDelivery: CoreExports["dm_handle_long_delivery"];
  readonly #handleText: CoreExports["dm_handle_text"];
  readonly #handleBinary: CoreExports["dm_handle_binary"];
  readonly #resolve: CoreExports["dm_resolve"];
  readonly #pollChanged: CoreExports["dm_poll_changed"];

  /**
   * `module`: a `WebAssembly.Module`, which Node's types alone do not declare. `config`: what is left out has its
   * default; see `CoreConfig` for units. `onTrap` is told of a trap before the call that has trapped throws it.
   */
  constructor(
    module: object,
    config: Partial<CoreConfig>,
    onTrap: (trap: CoreTrap) => void = () => {},
  ) {
    this.config = fullConfig(config);
    this.#instance = new Instance(module, this.config, onTrap);
    this.#memory = new Memory(this.#instance);
    const { exports, server } = this.#instance;
    this.#server = server;
    this.#handleDelivery = exports.dm_handle_delivery;
    this.#handleLongDelivery = exports.dm_handle_long_delivery;
    this.#handleText = exports.dm_handle_text;
    this.#handleBinary = exports.dm_handle_binary;
    this.#resolve = exports.dm_resolve;
    this.#pollChanged = exports.dm_poll_changed;
    const words = configWords(this.config);
    this.#memory.writeWords(words);
    this.#instance.run(LateCall.configure, this.#memory.input, words.length);
  }

  /** Whether it was set up like this. */
  isFor(config: Partial<CoreConfig>): boolean {
    const wanted = fullConfig(config);
    return configFields.every((field) => wanted[field] === this.config[field]);
  }

  /** From now on this is told of traps, and nobody else. */
  tellOfTraps(onTrap: (trap: CoreTrap) => void): void {
    this.#instance.onTrap = onTrap;
  }

  /** Bytes of WebAssembly memory. */
  get memorySize(): number {
    return this.#memory.size;
  }

  /** The effects of the last call. */
  pollEffects(): Effect[] {
    return this.#memory.effects();
  }

  // --- inputs ------------------------------------------------------------------------------------

  /** Returns the connection. */
  handleOpen(
    now: number,
    protocol: 3 | 4,
    id: string,
    transport: number = Transport.websocket,
  ): number {
    this.#instance.run(LateCall.handle_open, now, protocol, transport, ...this.#memory.write(id));
    return this.#memory.result();
  }

  /**
   * A text message came. Returns its only effect if it is an EVENT or ACK that can be delivered at once, as most
   * are; the same object each time, valid until the next call. Undefined: call `handleText` with the message.
   */
  handleDelivery(
    now: number,
    connection: number,
    text: string,
  ): Readonly<DeliverEffect> | undefined {
    let units = 0;
    let unit = 0;
    let first = 0;
    let second = 0;
    let third = 0;
    let fourth = 0;
    const end = Math.min(text.length, DeliveryLayout.head_units);
    while (units < end) {
      unit = text.charCodeAt(units);
      if (unit > MAX_ASCII) break;
      const byte = unit << ((units & 3) * 8);
      if (units < 4) first |= byte;
      else if (units < 8) second |= byte;
      else if (units < 12) third |= byte;
      else fourth |= byte;
      units += 1;
      if (unit === ARRAY_START || unit === OBJECT_START) break;
    }
    if (unit !== ARRAY_START) {
      if (units < DeliveryLayout.head_units) return undefined;
      return this.#deliverLong(now, connection, text);
    }
    let answer: number;
    try {
      answer = this.#handleDelivery(
        this.#server,
        now,
        connection,
        text.length,
        units,
        first,
        second,
        third,
        fourth,
      );
    } catch (error) {
      throw this.#instance.trapped("handle delivery", error);
    }
    return answer === 0 ? undefined : unpackDelivery(answer, units, this.#delivery);
  }

  /** The same for a message whose head is longer. */
  #deliverLong(now: number, connection: number, text: string): Readonly<DeliverEffect> | undefined {
    const units = this.#memory.writeUntil(text, ARRAY_START, LONG_HEAD);
    if (units === 0) return undefined;
    let answer: number;
    try {
      answer = this.#handleLongDelivery(
        this.#server,
        now,
        connection,
        text.length,
        units,
        this.#memory.input,
      );
    } catch (error) {
      throw this.#instance.trapped("handle long delivery", error);
    }
    return answer === 0 ? undefined : unpackDelivery(answer, units, this.#delivery);
  }

  handleText(now: number, connection: number, text: string): void {
    let { read: units, written: length } = this.#memory.writeHead(text, LONG_HEAD);
    let status = this.#tryText(now, connection, text, length);
    while (status === Status.more_head_needed && units < text.length) {
      const head = this.#memory.writeHead(text, Math.max(units * 4, LONG_HEAD));
      units = head.read;
      length = head.written;
      status = this.#tryText(now, connection, text, length);
    }
    if (status !== Status.ok) throw this.#instance.refused("handle text", status);
    this.#memory.giveBack();
  }

  handleBinary(now: number, connection: number, size: number, firstByte: number): void {
    let status: number;
    try {
      status = this.#handleBinary(this.#server, now, connection, size, firstByte);
    } catch (error) {
      throw this.#instance.trapped("handle binary", error);
    }
    if (status !== Status.ok) throw this.#instance.refused("handle binary", status);
  }

  /** A codec other than JSON has decoded a packet. `type` is a `PacketType`. */
  handlePacket(connection: number, type: number, namespace: string, ackId?: number): void {
    const low = ackId === undefined ? NO_ACK : ackId % 2 ** 32;
    const high = ackId === undefined ? NO_ACK : Math.floor(ackId / 2 ** 32);
    const name = this.#memory.write(namespace);
    this.#instance.run(LateCall.handle_packet, connection, type, ...name, low, high);
  }

  /** `reason` is a `DisconnectReason`. */
  handleClose(connection: number, reason: number): void {
    this.#instance.run(LateCall.handle_close, connection, reason);
  }

  /** `fault` is a `Fault`. */
  handleFault(connection: number, fault: number): void {
    this.#instance.run(LateCall.handle_fault, connection, fault);
  }

  /** The client was alive at `at`, by the same clock as `now`. */
  handlePong(now: number, connection: number, at: number): void {
    this.#instance.run(LateCall.handle_pong, now, connection, at);
  }

  /** A WebSocket wants to take over from polling. */
  beginUpgrade(connection: number): void {
    this.#instance.run(LateCall.begin_upgrade, connection);
  }

  /** The client has changed over to the WebSocket. */
  finishUpgrade(connection: number): void {
    this.#instance.run(LateCall.finish_upgrade, connection);
  }

  /** The WebSocket is gone before that: polling goes on. */
  abandonUpgrade(connection: number): void {
    this.#instance.run(LateCall.abandon_upgrade, connection);
  }

  /** The deadline passed, or an alarm came for any other reason. */
  handleTimeout(now: number): void {
    this.#instance.run(LateCall.handle_timeout, now);
  }

  // --- commands ----------------------------------------------------------------------------------

  /** Sends the pings that are due, and closes nobody. */
  sendPings(now: number): void {
    this.#instance.run(LateCall.send_pings, now);
  }

  setConnectTimeout(milliseconds: number): void {
    this.#instance.run(LateCall.set_connect_timeout, milliseconds);
  }

  /** Returns the namespace. */
  addNamespace(name: string): number {
    this.#instance.run(LateCall.add_namespace, ...this.#memory.write(name));
    const namespace = this.#memory.result();
    this.#names.set(namespace, name);
    return namespace;
  }

  removeNamespace(namespace: number): void {
    this.#instance.run(LateCall.remove_namespace, namespace);
    this.#names.delete(namespace);
  }

  assign(session: number, namespace: number, id: string): void {
    this.#instance.run(LateCall.assign, session, namespace, ...this.#memory.write(id));
  }

  rename(session: number, id: string): void {
    this.roomsRevision += 1;
    this.#instance.run(LateCall.rename, session, ...this.#memory.write(id));
  }

  unlist(session: number): void {
    this.roomsRevision += 1;
    this.#instance.run(LateCall.unlist, session);
  }

  admit(session: number, pid: string): void {
    this.roomsRevision += 1;
    this.#instance.run(LateCall.admit, session, ...this.#memory.write(pid));
  }

  /** `payload` is JSON. */
  refuse(session: number, payload: string): void {
    this.#instance.run(LateCall.refuse, session, ...this.#memory.write(payload));
    this.#memory.giveBack();
  }

  reject(session: number): void {
    this.#instance.run(LateCall.reject, session);
  }

  disconnect(session: number): void {
    this.#instance.run(LateCall.disconnect, session);
  }

  /** `reason` is a `DisconnectReason`. */
  closeSession(session: number, reason: number): void {
    this.#instance.run(LateCall.close_session, session, reason);
  }

  /** `reason` is a `DisconnectReason`. */
  closeConnection(connection: number, reason: number): void {
    this.#instance.run(LateCall.close_connection, connection, reason);
  }

  release(session: number): void {
    this.roomsRevision += 1;
    this.#instance.run(LateCall.release, session);
  }

  /** Returns the ack id. */
  allocateAck(session: number): number {
    this.#instance.run(LateCall.allocate_ack, session);
    return this.#memory.ackId();
  }

  /** Returns the ack id. */
  allocateBroadcastAck(namespace: number, sessions: Uint32Array): number {
    this.#memory.writeWords(sessions);
    const { input } = this.#memory;
    this.#instance.run(LateCall.allocate_broadcast_ack, namespace, input, sessions.length);
    return this.#memory.ackId();
  }

  /** Returns `RoomChange` flags. */
  join(session: number, room: string): number {
    this.roomsRevision += 1;
    this.#instance.run(LateCall.join, session, ...this.#memory.write(room));
    return this.#memory.result();
  }

  /** Returns `RoomChange` flags. */
  leave(session: number, room: string): number {
    this.roomsRevision += 1;
    this.#instance.run(LateCall.leave, session, ...this.#memory.write(room));
    return this.#memory.result();
  }

  // --- rooms -------------------------------------------------------------------------------------

  /** In the order joined. */
  roomsOf(session: number): string[] {
    this.#instance.call(LateCall.rooms_of, session);
    return this.#memory.texts();
  }

  /** In the order created. */
  roomsIn(namespace: number): string[] {
    this.#instance.call(LateCall.rooms_in, namespace);
    return this.#memory.texts();
  }

  /** Connected sessions that are in any of `rooms` (of all, if there are none) and in none of `except`. */
  resolve(namespace: number, rooms: readonly string[], except: readonly string[]): Recipients {
    this.#memory.writeTexts(except.length === 0 ? rooms : [...rooms, ...except]);
    try {
      this.#resolve(this.#server, namespace, this.#memory.input, rooms.length, except.length);
    } catch (error) {
      throw this.#instance.trapped("resolve", error);
    }
    return this.#memory.recipients();
  }

  /** Every session in a room, connected or not. */
  membersOf(namespace: number, room: string): Recipients {
    this.#instance.call(LateCall.members_of, namespace, ...this.#memory.write(room));
    return this.#memory.recipients();
  }

  /** How many these are. */
  memberCount(namespace: number, room: string): number {
    return this.#instance.call(LateCall.member_count, namespace, ...this.#memory.write(room));
  }

  // --- snapshots and getters ---------------------------------------------------------------------

  /**
   * The connection's snapshot, one byte in each unit, which is cheaper to make and to clone than a
   * buffer; empty if there is no such connection.
   */
  snapshot(connection: number): string {
    this.#instance.call(LateCall.snapshot, connection);
    return this.#memory.latin1();
  }

  /** Returns the connection. */
  restore(now: number, snapshot: string): number {
    this.#memory.writeLatin1(snapshot);
    this.roomsRevision += 1;
    this.#instance.run(LateCall.restore, now, this.#memory.input, snapshot.length);
    return this.#memory.result();
  }

  /** Connections that changed since the last call; a copy, or undefined if there are none. */
  pollChanged(): number[] | undefined {
    let count: number;
    try {
      count = this.#pollChanged(this.#server);
    } catch (error) {
      throw this.#instance.trapped("poll changed", error);
    }
    return count === 0 ? undefined : this.#memory.handles(count);
  }

  engineId(connection: number): string {
    this.#instance.call(LateCall.engine_id, connection);
    return this.#memory.text();
  }

  /** The open connection of an Engine.IO id, if clients may come back with theirs (polling). */
  findConnection(id: string): number | undefined {
    return orUndefined(this.#instance.call(LateCall.find_connection, ...this.#memory.write(id)));
  }

  /** A `Transport`. */
  transport(connection: number): number {
    return this.#instance.call(LateCall.transport, connection);
  }

  protocol(connection: number): 3 | 4 {
    return this.#instance.call(LateCall.protocol, connection) === 3 ? 3 : 4;
  }

  /** Oldest first. */
  sessionsOf(connection: number): number[] {
    this.#instance.call(LateCall.sessions_of, connection);
    return this.#memory.handles(this.#memory.value(ResultWord.value_1));
  }

  /** Empty if there is no such session, or it has no id yet. */
  sessionId(session: number): string {
    this.#instance.call(LateCall.session_id, session);
    return this.#memory.text();
  }

  /** Empty if there is none. */
  recoveryId(session: number): string {
    this.#instance.call(LateCall.recovery_id, session);
    return this.#memory.text();
  }

  namespaceOf(session: number): number {
    return this.#instance.call(LateCall.namespace_of, session) >>> 0;
  }

  connectionOf(session: number): number {
    return this.#instance.call(LateCall.connection_of, session) >>> 0;
  }

  /** Whether the session is admitted and not closing. */
  isConnected(session: number): boolean {
    return this.#instance.call(LateCall.is_connected, session) !== 0;
  }

  /** Whether the session gets broadcasts: it was admitted, and neither released nor unlisted. */
  isListed(session: number): boolean {
    return this.#instance.call(LateCall.is_listed, session) !== 0;
  }

  /** Empty if there is no such namespace. */
  namespaceName(namespace: number): string {
    const known = this.#names.get(namespace);
    if (known !== undefined) return known;
    this.#instance.call(LateCall.namespace_name, namespace);
    return this.#memory.text();
  }

  /** Or undefined. */
  findNamespace(name: string): number | undefined {
    return orUndefined(this.#instance.call(LateCall.find_namespace, ...this.#memory.write(name)));
  }

  /** A connected session by id, or undefined. */
  findSession(namespace: number, id: string): number | undefined {
    return orUndefined(
      this.#instance.call(LateCall.find_session, namespace, ...this.#memory.write(id)),
    );
  }

  connectionCount(): number {
    return this.#instance.call(LateCall.connection_count);
  }

  /** Returns a `HandshakeError`. */
  checkHandshake(request: HandshakeCheck): number {
    this.#memory.writeTexts([request.transport, request.protocol, request.sid, request.method]);
    const flags = (request.isUpgrade ? 1 : 0) | (request.allowProtocol3 ? 2 : 0);
    return this.#instance.call(LateCall.check_handshake, this.#memory.input, flags);
  }

  #tryText(now: number, connection: number, text: string, headLength: number): number {
    const units = text.length;
    const { maxPayload } = this.config;
    const isMeasured = units * MAX_BYTES_PER_UNIT <= maxPayload || units > maxPayload;
    const bytes = isMeasured ? units : byteLength(text);
    const { input } = this.#memory;
    try {
      return this.#handleText(this.#server, now, connection, input, headLength, units, bytes);
    } catch (error) {
      throw this.#instance.trapped("handle text", error);
    }
  }
}

function orUndefined(handle: number): number | undefined {
  return handle >>> 0 === NONE ? undefined : handle >>> 0;
}
