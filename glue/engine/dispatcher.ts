/**
 * Carries out the core's effects: frames to sockets, events to the application. What the application
 * throws is reported and disturbs nobody else.
 */

import type { Packet } from "../codec/codec.ts";
import { argumentsOf, checkPacket, splitQuery } from "../codec/external.ts";
import {
  fillPlaceholders,
  parseAckPayload,
  parseConnectPayload,
  parseEventPayload,
  toListenerBytes,
} from "../codec/payload.ts";
import {
  DisconnectReason,
  disconnectReasonTexts,
  EffectKind,
  EnginePacketType,
  Fault,
  faultMessages,
  NONE,
  PacketType,
} from "../core/abi.gen.ts";
import type {
  AttachmentEffect,
  CloseEffect,
  ClosingEffect,
  ConnectEffect,
  DeliverEffect,
  Effect,
  MessageEffect,
  PacketEffect,
  PendingEffect,
} from "../core/effects.ts";
import { CoreTrap } from "../core/errors.ts";
import type { Connection } from "./connection.ts";
import type { Runtime } from "./runtime.ts";

interface Ending {
  connection: Connection;
  reason: number;
}

const ENGINE_PACKET_NAMES = Object.keys(EnginePacketType);

export class Dispatcher {
  readonly #runtime: Runtime;
  /** The packet of an external codec whose effects are being dispatched. */
  #packet: Packet | undefined;
  /** What an external codec threw at a message. */
  #decodeError: Error | undefined;
  /** What restored connections want from the application, until it is ready. */
  #deferred: Effect[] = [];
  /** Changes when the core is replaced: effects of the old one mean nothing then. */
  #epoch = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** The effects of a call. `text` or `bytes` is the message that caused them, if one did. */
  dispatch(
    effects: readonly Effect[],
    text: string | undefined,
    bytes: Uint8Array | undefined,
  ): void {
    const epoch = this.#epoch;
    const endings: Ending[] = [];
    for (const effect of effects) {
      if (effect.kind === EffectKind.close) {
        const ending = this.#close(effect);
        if (ending !== undefined) endings.push(ending);
      } else {
        this.#apply(effect, text, bytes);
      }
      if (epoch !== this.#epoch) return;
    }
    for (const ending of endings) this.#finish(ending);
  }

  /** The effects of opening a connection, which is announced once its first packet is sent. */
  open(connection: Connection, effects: readonly Effect[]): void {
    const { id, protocol, remoteAddress } = connection;
    this.#runtime.debug?.("engine", `${id}: open (protocol ${protocol}, from ${remoteAddress})`);
    const epoch = this.#epoch;
    const isSend = (effect: Effect) => effect.kind === EffectKind.send;
    this.dispatch(effects.filter(isSend), undefined, undefined);
    this.guard("engine connection", () => this.#runtime.application.onConnection(connection));
    const { engine } = this.#runtime;
    this.guard("engine connection", () => engine.emit("connection", connection));
    if (epoch !== this.#epoch) return;
    this.dispatch(
      effects.filter((effect) => !isSend(effect)),
      undefined,
      undefined,
    );
  }

  /** The effects of losing a connection, whose socket needs no closing. */
  lose(
    connection: Connection,
    effects: readonly Effect[],
    reason: number,
    description: unknown,
  ): void {
    connection._description = description;
    this.#runtime._table.markClosed(connection);
    const epoch = this.#epoch;
    this.dispatch(effects, undefined, undefined);
    if (epoch === this.#epoch) this.#finish({ connection, reason });
  }

  /** Keeps effects for `releaseDeferred`. */
  defer(effects: readonly Effect[]): void {
    this.#deferred.push(...effects);
  }

  releaseDeferred(): void {
    const effects = this.#deferred;
    this.#deferred = [];
    this.dispatch(effects, undefined, undefined);
  }

  /** Drops every effect that is still to be dispatched. */
  abandon(): void {
    this.#epoch += 1;
    this.#deferred = [];
  }

  /** Tells the application that a connection did not survive a trap. */
  lost(connection: Connection): void {
    this.guard("reset", () => this.#runtime.application.onLost?.(connection));
    this.#emit(connection, "close", "transport error");
  }

  /** Runs what belongs to the application: what it throws is reported. */
  guard(where: string, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#runtime._report(error, where);
    }
  }

  /** Upstream's `packet`, `data` and `message` events of a connection, if anybody listens. */
  announceText(connection: Connection, text: string): void {
    if (connection._events === undefined) return;
    const type = ENGINE_PACKET_NAMES[text.charCodeAt(0) - 48] ?? "error";
    this.#announce(connection, type, text.length > 1 ? text.slice(1) : undefined);
  }

  announceBytes(connection: Connection, bytes: Uint8Array): void {
    if (connection._events === undefined) return;
    this.#announce(connection, "message", toListenerBytes(bytes));
  }

  #announce(connection: Connection, type: string, data: string | Uint8Array | undefined): void {
    this.#emit(connection, "packet", data === undefined ? { type } : { type, data });
    if (type !== "message") return;
    this.#emit(connection, "data", data);
    this.#emit(connection, "message", data);
  }

  #apply(
    effect: Exclude<Effect, CloseEffect>,
    text: string | undefined,
    bytes: Uint8Array | undefined,
  ): void {
    switch (effect.kind) {
      case EffectKind.event:
      case EffectKind.ack:
        this.deliver(effect, text);
        break;
      case EffectKind.send:
        this.#send(effect.connection, effect.text);
        break;
      case EffectKind.connect:
        this.#connect(effect, text);
        break;
      case EffectKind.pending:
        this.#pend(effect, text);
        break;
      case EffectKind.attachment:
        this.#attach(effect, text, bytes);
        break;
      case EffectKind.error:
        this.#error(effect.session, effect.fault, text);
        break;
      case EffectKind.closing:
        this.#closing(effect);
        break;
      case EffectKind.message:
        this.#decode(effect, text, bytes);
        break;
      case EffectKind.packet:
        this.#encode(effect);
        break;
      case EffectKind.deadline:
        this.#runtime._schedule(effect.time);
        break;
      case EffectKind.heartbeat: {
        const connection = this.#runtime._table.get(effect.connection);
        if (connection?._events !== undefined) this.#emit(connection, "heartbeat");
      }
    }
  }

  // --- packets -------------------------------------------------------------------------------------

  #send(handle: number, text: string): void {
    const connection = this.#runtime._table.get(handle);
    connection?._send(text, undefined);
  }

  /** Hands an EVENT or ACK to the application. */
  deliver(effect: Readonly<DeliverEffect>, text: string | undefined): void {
    const { session, ackId } = effect;
    const isEvent = effect.kind === EffectKind.event;
    const hasAttachments = effect.attachments > 0;
    const args = hasAttachments
      ? this.#takePending(session)
      : this.#packet !== undefined
        ? argumentsOf(this.#packet, isEvent)
        : parseArguments(isEvent, text, effect.offset);
    if (args === undefined) {
      const fault = hasAttachments ? Fault.illegal_placeholder : Fault.invalid_payload;
      this.#runtime._handleFault(this.#runtime.connectionOf(session), fault);
      return;
    }
    this.#runtime.debug?.("socket", this.#describe(session, isEvent ? "event" : "ack"));
    try {
      const { application } = this.#runtime;
      if (isEvent) application.onEvent(session, args, ackId);
      else if (ackId !== undefined) application.onAck(session, ackId, args);
    } catch (error) {
      this.#runtime._report(error, this.#describe(session, isEvent ? "event" : "ack"));
    }
  }

  #pend(effect: PendingEffect, text: string | undefined): void {
    const connection = this.#runtime._table.get(effect.connection);
    if (connection === undefined) return;
    const isEvent = text?.charCodeAt(1) === 48 + PacketType.binary_event;
    const args = parseArguments(isEvent, text, effect.offset);
    if (args === undefined) this.#runtime._handleFault(connection, Fault.invalid_payload);
    else connection._pending = { args, attachments: [] };
  }

  #attach(effect: AttachmentEffect, text: string | undefined, bytes: Uint8Array | undefined): void {
    const connection = this.#runtime._table.get(effect.connection);
    if (connection?._pending === undefined) return;
    const attachment =
      bytes === undefined
        ? decodeBase64(text?.slice(effect.offset) ?? "")
        : payloadOf(connection, bytes);
    connection._pending.attachments.push(attachment);
  }

  #takePending(session: number): unknown[] | undefined {
    const connection = this.#runtime.connectionOf(session);
    const pending = connection._pending;
    connection._pending = undefined;
    return pending && fillPlaceholders(pending.args, pending.attachments.map(toListenerBytes));
  }

  #connect(effect: ConnectEffect, text: string | undefined): void {
    const { application, host } = this.#runtime;
    const connection = this.#runtime._table.get(effect.connection);
    if (connection === undefined) return;
    const auth = this.#authOf(connection, effect, text);
    if (auth === undefined) {
      this.#runtime._handleFault(connection, Fault.invalid_payload);
      return;
    }
    if (host.save !== undefined) {
      connection._connecting ??= new Map();
      connection._connecting.set(effect.name, auth);
    }
    const { session, name } = effect;
    this.#runtime.debug?.("namespace", `${connection.id} asks to join ${name}`);
    const namespace = effect.namespace === NONE ? undefined : effect.namespace;
    try {
      application.onConnect({ session, connection, namespace, name, auth });
    } catch (error) {
      this.#runtime._report(error, `connect to ${name}`);
    }
  }

  #authOf(
    connection: Connection,
    effect: ConnectEffect,
    text: string | undefined,
  ): Record<string, unknown> | undefined {
    const packet = this.#packet;
    if (packet !== undefined) return packet.data === undefined ? {} : (packet.data as never);
    // Without a message it is a session that asks again after a sleep.
    if (text === undefined) return connection._connecting?.get(effect.name) ?? {};
    return parseAuth(connection.protocol, text, effect);
  }

  // --- external codecs -----------------------------------------------------------------------------

  #decode(effect: MessageEffect, text: string | undefined, bytes: Uint8Array | undefined): void {
    const connection = this.#runtime._table.get(effect.connection);
    if (connection === undefined) return;
    const message = bytes === undefined ? text?.slice(effect.offset) : payloadOf(connection, bytes);
    try {
      for (const packet of this.#runtime.codec.decode?.(connection, message ?? "") ?? []) {
        this.#handlePacket(connection, packet);
      }
    } catch (error) {
      if (error instanceof CoreTrap) throw error;
      this.#decodeError = error instanceof Error ? error : new Error(String(error));
      this.#runtime._handleFault(connection, Fault.invalid_payload);
      this.#decodeError = undefined;
    }
  }

  #handlePacket(connection: Connection, decoded: Packet): void {
    if (connection.readyState !== "open") return;
    const packet = checkPacket(connection.protocol === 3 ? splitQuery(decoded) : decoded);
    const before = this.#packet;
    const effects = this.#runtime._handlePacket(connection, packet);
    this.#packet = packet;
    try {
      this.dispatch(effects, undefined, undefined);
    } finally {
      this.#packet = before;
    }
  }

  #encode({ connection: handle, type, name, payload }: PacketEffect): void {
    const connection = this.#runtime._table.get(handle);
    const frames = this.#runtime.codec.encodeFromCore?.(type, name, payload) ?? [];
    for (const frame of frames) connection?._send(frame, undefined);
  }

  // --- endings -------------------------------------------------------------------------------------

  #error(session: number, fault: number, text: string | undefined): void {
    try {
      const error = this.#decodeError ?? new Error(describeFault(fault, text));
      this.#runtime.application.onError(session, error);
    } catch (error) {
      this.#runtime._report(error, this.#describe(session, "error"));
    }
  }

  #close(effect: CloseEffect): Ending | undefined {
    const connection = this.#runtime._table.get(effect.connection);
    if (connection === undefined) return undefined;
    if (effect.reason === DisconnectReason.transport_error) {
      connection._description = transportError(effect.text);
    }
    this.#runtime._table.markClosed(connection);
    connection._socket.close(effect.code, effect.text);
    return { connection, reason: effect.reason };
  }

  #closing(effect: ClosingEffect): void {
    const { session } = effect;
    const runtime = this.#runtime;
    const connection = runtime._table.get(runtime._core.connectionOf(session));
    const reason = disconnectReasonTexts[effect.reason] as string;
    runtime.debug?.("socket", `${this.#describe(session, "disconnect")}: ${reason}`);
    try {
      const { application } = runtime;
      const description = connection?._description;
      if (application.onClosing(session, reason, effect.connected, description)) return;
    } catch (error) {
      runtime._report(error, this.#describe(session, "disconnect"));
    }
    // A session must not outlive its end because a listener threw.
    if (runtime._core.connectionOf(session) !== NONE) runtime.release(session);
  }

  #finish(ending: Ending): void {
    const { connection, reason } = ending;
    this.#runtime._remove(connection);
    this.#runtime.debug?.("engine", `${connection.id}: closed (${disconnectReasonTexts[reason]})`);
    if (connection._events === undefined) return;
    this.#emit(connection, "close", disconnectReasonTexts[reason], connection._description);
  }

  // --- listeners -------------------------------------------------------------------------------------

  #emit(connection: Connection, event: string, ...args: unknown[]): void {
    this.guard(`${event} of connection`, () => connection.emit(event, ...args));
  }

  #describe(session: number, what: string): string {
    const runtime = this.#runtime;
    const namespace = runtime.namespaceName(runtime.namespaceOf(session));
    return `${what} of socket ${runtime.sessionId(session)} in ${namespace}`;
  }
}

/** Engine.IO 3 puts the packet type in front of binary data, too. */
function payloadOf(connection: Connection, bytes: Uint8Array): Uint8Array {
  return connection.protocol === 3 ? bytes.subarray(1) : bytes;
}

/** Upstream names the type that it does not know, too; `NaN` for what is no digit. */
function describeFault(fault: number, text: string | undefined): string {
  const message = faultMessages[fault] as string;
  if (fault !== Fault.unknown_packet_type || text === undefined) return message;
  return `${message} ${Number.parseInt(text.charAt(1), 10)}`;
}

function parseArguments(
  isEvent: boolean,
  text: string | undefined,
  offset: number,
): unknown[] | undefined {
  if (offset === NONE || text === undefined) return [];
  const json = text.slice(offset);
  return isEvent ? parseEventPayload(json) : parseAckPayload(json);
}

function parseAuth(
  protocol: 3 | 4,
  text: string,
  effect: ConnectEffect,
): Record<string, unknown> | undefined {
  if (effect.offset === NONE) return {};
  const payload = text.slice(effect.offset, effect.end === NONE ? undefined : effect.end);
  if (protocol === 4) return parseConnectPayload(payload);
  const query: Record<string, unknown> = Object.create(null);
  for (const [name, value] of new URLSearchParams(payload)) query[name] = value;
  return query;
}

/** Forgiving like Node's decoder, which upstream uses: what is no base64 is passed over. */
function decodeBase64(text: string): Uint8Array {
  const digits = (text.split("=", 1)[0] as string)
    .replace(/-/g, "+")
    .replace(/_/g, "/")
    .replace(/[^A-Za-z0-9+/]/g, "");
  // A digit that is left over holds less than a byte.
  const binary = atob(digits.length % 4 === 1 ? digits.slice(0, -1) : digits);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

function transportError(message: string): Error {
  return Object.assign(new Error(message), { type: "TransportError" });
}
