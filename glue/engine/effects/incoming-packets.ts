/**
 * Packets of clients on their way to the application. The core has read their heads; here their payloads are decoded
 * and their attachments gathered. What cannot be decoded is reported to the core as the client's fault.
 */

import { decodeBase64 } from "../../codec/base64.ts";
import type { Packet } from "../../codec/codec.ts";
import { parserPart } from "../../codec/parser-part.ts";
import {
  fillPlaceholders,
  parseAckPayload,
  parseConnectPayload,
  parseEventPayload,
  toListenerBytes,
} from "../../codec/payload.ts";
import { DIAGNOSTICS } from "../../common/diagnostics.ts";
import type { DebugLog } from "../../common/log.ts";
import * as EffectKind from "../../core/abi/effect-kind.gen.ts";
import * as Fault from "../../core/abi/fault.gen.ts";
import * as PacketType from "../../core/abi/packet-type.gen.ts";
import { NONE } from "../../core/abi.gen.ts";
import type {
  AttachmentEffect,
  ConnectEffect,
  DeliverEffect,
  Effect,
  MessageEffect,
  PendingEffect,
} from "../../core/effects.ts";
import { CoreTrap } from "../../core/errors.ts";
import type { Commands } from "../commands/commands.ts";
import { AuthSizes, SHORT_AUTH } from "../connections/auth-sizes.ts";
import type { Connection } from "../connections/connection.ts";
import type { ResolvedEngineOptions } from "../options/options.ts";

const DIGIT_ZERO = 48;
/** A WebSocket close code. */
const MESSAGE_TOO_BIG = 1009;
/** In front of binary data that comes as text. */
const BASE64 = "b";

/** What incoming packets need of the runtime. */
export interface PacketsOwner
  extends Pick<
    Commands,
    "_core" | "_describe" | "_report" | "_table" | "application" | "codec" | "connectionOf" | "host"
  > {
  readonly debug: DebugLog | undefined;
  readonly options: ResolvedEngineOptions;
  /** The glue has found a fault in a payload. */
  _handleFault(connection: Connection, fault: number): void;
  /** A packet that an external codec has decoded. Returns its effects. */
  _handlePacket(connection: Connection, packet: Packet): Effect[];
  /** A client cannot be served any further. `code`: a WebSocket close code. */
  expel(connection: Connection, reason: string, code: number): void;
}

export class IncomingPackets {
  readonly #runtime: PacketsOwner;
  readonly #dispatch: (effects: readonly Effect[]) => void;
  /** The packet of an external codec whose effects are being dispatched. */
  #packet: Packet | undefined;
  #decodeError: Error | undefined;
  /** Length of the message that an external codec decodes. */
  #decodedLength = 0;

  /** `dispatch` carries out the effects of a packet that an external codec has decoded. */
  constructor(runtime: PacketsOwner, dispatch: (effects: readonly Effect[]) => void) {
    this.#runtime = runtime;
    this.#dispatch = dispatch;
  }

  /** What an external codec has thrown when it decoded the message whose fault is being dispatched. */
  get decodeError(): Error | undefined {
    return this.#decodeError;
  }

  /** Dispatches effects that do not come from the packet being handled, if there is one. */
  besidePacket(run: () => void): void {
    if (typeof DORMOUSE_PARSER !== "undefined" && !DORMOUSE_PARSER) {
      run();
      return;
    }
    const before = this.#packet;
    this.#packet = undefined;
    try {
      run();
    } finally {
      this.#packet = before;
    }
  }

  /** Hands an EVENT or ACK to the application. `text` is its message. */
  deliver(effect: Readonly<DeliverEffect>, text: string | undefined): void {
    const { session, ackId } = effect;
    const isEvent = effect.kind === EffectKind.event;
    const hasAttachments = effect.attachments > 0;
    const args = hasAttachments
      ? this.#takePending(session)
      : this.#packet !== undefined
        ? parserPart?.[isEvent ? "eventArguments" : "ackArguments"](this.#packet)
        : parseArguments(isEvent ? parseEventPayload : parseAckPayload, text, effect.offset);
    if (args === undefined) {
      const fault = hasAttachments ? Fault.illegal_placeholder : Fault.invalid_payload;
      this.#runtime._handleFault(this.#runtime.connectionOf(session), fault);
      return;
    }
    if (DIAGNOSTICS)
      this.#runtime.debug?.("socket", this.#runtime._describe(session, isEvent ? "event" : "ack"));
    try {
      const { application } = this.#runtime;
      if (isEvent) application.onEvent(session, args, ackId);
      else if (ackId !== undefined) application.onAck(session, ackId, args);
    } catch (error) {
      this.#runtime._report(error, this.#runtime._describe(session, isEvent ? "event" : "ack"));
    }
  }

  /** Keeps a BINARY_EVENT or BINARY_ACK until its attachments are there. */
  keepForAttachments(effect: PendingEffect, text: string | undefined): void {
    const connection = this.#runtime._table.get(effect.connection);
    if (connection === undefined) return;
    const isEvent = text?.charCodeAt(1) === DIGIT_ZERO + PacketType.binary_event;
    const parse = isEvent ? parseEventPayload : parseAckPayload;
    const args = parseArguments(parse, text, effect.offset);
    if (args === undefined) this.#runtime._handleFault(connection, Fault.invalid_payload);
    else connection._pending = { args, attachments: [] };
  }

  /** An attachment came: as bytes, or as a text in base64. */
  addAttachment(
    effect: AttachmentEffect,
    text: string | undefined,
    bytes: Uint8Array | undefined,
  ): void {
    const connection = this.#runtime._table.get(effect.connection);
    if (connection?._pending === undefined) return;
    const attachment =
      bytes === undefined
        ? decodeBase64(text?.slice(effect.offset) ?? "")
        : payloadOf(connection, bytes);
    connection._pending.attachments.push(attachment);
  }

  /** A client asks to join a namespace. */
  connect(effect: ConnectEffect, text: string | undefined): void {
    const { application, host } = this.#runtime;
    const connection = this.#runtime._table.get(effect.connection);
    if (connection === undefined) return;
    const auth = this.#authOf(connection, effect, text);
    if (auth === undefined) {
      this.#runtime._handleFault(connection, Fault.invalid_payload);
      return;
    }
    const { session, name } = effect;
    if (this.#isTooMuch(connection, session, text)) {
      this.#runtime.expel(connection, "too much auth data", MESSAGE_TOO_BIG);
      return;
    }
    if (DIAGNOSTICS) this.#runtime.debug?.("namespace", `${connection.id} asks to join ${name}`);
    const namespace = effect.namespace === NONE ? undefined : effect.namespace;
    try {
      application.onConnect({ session, connection, namespace, name, auth });
    } catch (error) {
      this.#runtime._report(error, `connect to ${name}`);
    }
    // Most clients are answered at once.
    if (host.save === undefined || !application.isUnanswered(session)) return;
    connection._connecting ??= new Map();
    connection._connecting.set(name, auth);
  }

  /** Has an external codec decode a message. */
  decode(effect: MessageEffect, text: string | undefined, bytes: Uint8Array | undefined): void {
    if (typeof DORMOUSE_PARSER !== "undefined" && !DORMOUSE_PARSER) return;
    const connection = this.#runtime._table.get(effect.connection);
    if (connection === undefined) return;
    const message =
      bytes !== undefined
        ? toListenerBytes(payloadOf(connection, bytes))
        : text?.startsWith(BASE64)
          ? toListenerBytes(decodeBase64(text.slice(effect.offset)))
          : text?.slice(effect.offset);
    this.#decodedLength = message?.length ?? 0;
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
    if (typeof DORMOUSE_PARSER !== "undefined" && !DORMOUSE_PARSER) return;
    if (parserPart === undefined) return;
    if (connection.readyState !== "open") return;
    const { checkPacket, splitQuery } = parserPart;
    const packet = checkPacket(connection.protocol === 3 ? splitQuery(decoded) : decoded);
    const before = this.#packet;
    const effects = this.#runtime._handlePacket(connection, packet);
    this.#packet = packet;
    try {
      this.#dispatch(effects);
    } finally {
      this.#packet = before;
    }
  }

  #takePending(session: number): unknown[] | undefined {
    const connection = this.#runtime.connectionOf(session);
    const pending = connection._pending;
    connection._pending = undefined;
    return pending && fillPlaceholders(pending.args, pending.attachments.map(toListenerBytes));
  }

  /** Whether the auth payloads of all sessions of a client are together larger than one message may be. */
  #isTooMuch(connection: Connection, session: number, text: string | undefined): boolean {
    // Without a message it is a session that asks again after a sleep.
    const length = this.#packet !== undefined ? this.#decodedLength : (text?.length ?? 0);
    if (length <= SHORT_AUTH) return false;
    const { _core: core, options } = this.#runtime;
    connection._auth ??= new AuthSizes();
    const isThere = (other: number) => core.connectionOf(other) === connection._handle;
    return connection._auth.add(session, length, isThere) > options.maxHttpBufferSize;
  }

  #authOf(
    connection: Connection,
    effect: ConnectEffect,
    text: string | undefined,
  ): Record<string, unknown> | undefined {
    if (typeof DORMOUSE_PARSER === "undefined" || DORMOUSE_PARSER) {
      const packet = this.#packet;
      if (packet !== undefined) return packet.data === undefined ? {} : (packet.data as never);
    }
    // Without a message it is a session that asks again after a sleep.
    if (text === undefined) return connection._connecting?.get(effect.name) ?? {};
    return parseAuth(connection.protocol, text, effect);
  }
}

/** Engine.IO 3 puts the packet type in front of binary data, too. */
function payloadOf(connection: Connection, bytes: Uint8Array): Uint8Array {
  return connection.protocol === 3 ? bytes.subarray(1) : bytes;
}

function parseArguments(
  parse: (json: string) => unknown[] | undefined,
  text: string | undefined,
  offset: number,
): unknown[] | undefined {
  if (offset === NONE || text === undefined) return [];
  return parse(text.slice(offset));
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
