/** A codec made of upstream's `parser` option, for example `socket.io-msgpack-parser`. */
import type { Any } from "../common/any.ts";
import * as EnginePacketType from "../core/abi/engine-packet-type.gen.ts";
import * as PacketType from "../core/abi/packet-type.gen.ts";
import type { Codec, Frame, Packet } from "./codec.ts";
import { isEventPayload, toListenerBytes } from "./payload.ts";

/** A payload codec other than JSON, for example `socket.io-msgpack-parser`. */
export interface Parser {
  /** `encode` gives a list of frames; declared types of such packages often say something else. */
  Encoder: new () => { encode(packet: unknown): unknown };
  /** Takes what comes piece by piece, and emits `decoded` with each packet that is whole. */
  Decoder: new () => {
    add(data: unknown): void;
    on(event: "decoded", listener: (packet: Any) => void): unknown;
    destroy?(): void;
  };
}

interface DecoderState {
  decoder: InstanceType<Parser["Decoder"]>;
  /** What the decoder has given since it was last asked. */
  decoded: Packet[];
}

/** `parser` must have passed the check of the option. */
export function externalCodec(parser: Parser): Codec {
  const encoder = new parser.Encoder();
  const states = new WeakMap<object, DecoderState>();

  function encode(packet: Packet): Frame[] {
    return (encoder.encode(packet) as unknown[]).map(toFrame);
  }

  function stateOf(sender: object): DecoderState {
    const existing = states.get(sender);
    if (existing !== undefined) return existing;
    const state: DecoderState = { decoder: new parser.Decoder(), decoded: [] };
    state.decoder.on("decoded", (packet: Packet) => void state.decoded.push(packet));
    states.set(sender, state);
    return state;
  }

  return {
    isExternal: true,

    encode(type, nsp, id, data) {
      return encode(id === undefined ? { type, nsp, data } : { type, nsp, data, id });
    },

    encodeFromCore(type, nsp, payload) {
      return encode(payload === "" ? { type, nsp } : { type, nsp, data: JSON.parse(payload) });
    },

    decode(sender, message) {
      const state = stateOf(sender);
      state.decoder.add(typeof message === "string" ? message : toListenerBytes(message));
      return state.decoded.splice(0);
    },
  };
}

/** Throws if a decoded packet is not valid: decoders need not be strict. */
export function checkPacket(packet: Packet): Packet {
  const { type, nsp, id } = packet;
  const isKnown = Object.values<number>(PacketType).includes(type);
  if (!isKnown) throw new Error(`unknown packet type ${type}`);
  if (typeof nsp !== "string") throw new Error("invalid namespace");
  const isAckIdValid = id === undefined || (Number.isSafeInteger(id) && id >= 0);
  if (!isAckIdValid) throw new Error("illegal ack id");
  return packet;
}

/** The arguments of an EVENT, name first; none if it has no data. Undefined if they are not valid. */
export function eventArguments({ data }: Packet): unknown[] | undefined {
  if (data === undefined) return [];
  return isEventPayload(data) ? data : undefined;
}

/** The arguments of an ACK; none if it has no data. Undefined if they are not valid. */
export function ackArguments({ data }: Packet): unknown[] | undefined {
  const args = data ?? [];
  return Array.isArray(args) ? args : undefined;
}

/** Engine.IO 3: the query behind a namespace is what the client has to say. */
export function splitQuery(packet: Packet): Packet {
  const [nsp = "/", query] = packet.nsp.split("?", 2);
  if (packet.type !== PacketType.connect) return { ...packet, nsp };
  const data = Object.assign(Object.create(null), Object.fromEntries(new URLSearchParams(query)));
  return { ...packet, nsp, data };
}

/** Encoders give strings and any kind of binary data. */
function toFrame(encoded: unknown): Frame {
  if (typeof encoded === "string") return `${EnginePacketType.message}${encoded}`;
  if (encoded instanceof Uint8Array) return encoded;
  if (encoded instanceof ArrayBuffer) return new Uint8Array(encoded);
  if (!ArrayBuffer.isView(encoded)) {
    throw new TypeError("dormouse: the parser's encoder gave neither text nor binary data");
  }
  return new Uint8Array(encoded.buffer as ArrayBuffer, encoded.byteOffset, encoded.byteLength);
}
