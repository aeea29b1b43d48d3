/**
 * Payloads: several packets in the body of one request or answer. Engine.IO 4 joins their texts by a separator,
 * with binary data in base64; Engine.IO 3 puts their lengths in front, and has a binary form besides.
 */

import { decodeBase64, toBase64 } from "../../codec/base64.ts";
import { byteLength } from "../../core/text.ts";
import type { Frame } from "../host/host.ts";

/** What a body may be announced as. */
export type PayloadForm = "text" | "binary";

/** How one revision of the protocol writes payloads. */
export interface PayloadCodec {
  /** Bytes that a frame adds to a payload, or a little more. */
  sizeOf(frame: Frame): number;
  /** At least one frame, in the form that WebSockets have. */
  encode(frames: readonly Frame[]): Frame;
  /**
   * The frames of a body, as WebSockets have them. `form`: what it was announced as.
   * Throws a `PayloadError` where it cannot be read: what came before that counts.
   */
  decode(body: Uint8Array, form: PayloadForm): Iterable<Frame>;
}

/** A client has sent what is no payload. */
export class PayloadError extends Error {}

/** More than any client sends at once; each costs time, however small it is. */
const MAX_PACKETS = 100_000;
/** In front of binary data in base64. */
const BASE64 = "b";
const SEPARATOR = "\x1e";
/** Ends a length in the binary form of Engine.IO 3. */
const END_OF_LENGTH = 0xff;
const MAX_DIGITS = 10;
const TEXT = 0;
const BINARY = 1;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Engine.IO 4. */
export const payload4: PayloadCodec = {
  sizeOf: (frame) => {
    if (typeof frame === "string") return 1 + byteLength(frame);
    return 2 + 4 * Math.ceil(frame.length / 3);
  },
  encode: (frames) => frames.map(textOf).join(SEPARATOR),
  *decode(body) {
    const text = decoder.decode(body);
    let start = 0;
    for (let count = 1; start <= text.length; count++) {
      if (count > MAX_PACKETS) throw new PayloadError("too many packets");
      const end = text.indexOf(SEPARATOR, start);
      const packet = text.slice(start, end < 0 ? undefined : end);
      yield packet.startsWith(BASE64) ? decodeBase64(packet.slice(1)) : packet;
      if (end < 0) return;
      start = end + 1;
    }
  },
};

/** Engine.IO 3. Its binary frames have the packet's type in front already. */
export const payload3: PayloadCodec = {
  sizeOf: (frame) => {
    return 2 + MAX_DIGITS + (typeof frame === "string" ? byteLength(frame) : frame.length);
  },
  encode: (frames) => {
    if (frames.some((frame) => typeof frame !== "string")) return encodeBinary3(frames);
    return frames.map((frame) => `${frame.length}:${frame}`).join("");
  },
  decode: (body, form) =>
    form === "binary" ? decodeBinary3(body) : decodeText3(decoder.decode(body)),
};

function textOf(frame: Frame): string {
  return typeof frame === "string" ? frame : `b${toBase64(frame)}`;
}

function encodeBinary3(frames: readonly Frame[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const frame of frames) {
    const isText = typeof frame === "string";
    const bytes = isText ? encoder.encode(frame) : frame;
    const digits = Array.from(String(bytes.length), Number);
    parts.push(Uint8Array.of(isText ? TEXT : BINARY, ...digits, END_OF_LENGTH), bytes);
  }
  return concat(parts);
}

function* decodeText3(text: string): Iterable<Frame> {
  let start = 0;
  for (let count = 1; start < text.length || count === 1; count++) {
    if (count > MAX_PACKETS) throw new PayloadError("too many packets");
    const colon = text.indexOf(":", start);
    const digits = colon < 0 ? "" : text.slice(start, Math.min(colon, start + MAX_DIGITS + 1));
    const end = colon + 1 + Number(digits);
    if (!/^\d{1,10}$/.test(digits) || end > text.length) throw new PayloadError("no length");
    if (end > colon + 1) yield frameOf3(text.slice(colon + 1, end));
    start = end;
  }
}

/** Base64 has the packet's type in front, which is the first byte in binary form. */
function frameOf3(packet: string): Frame {
  if (!packet.startsWith(BASE64)) return packet;
  const type = Uint8Array.of(Number(packet.charAt(1)));
  return concat([type, decodeBase64(packet.slice(2))]);
}

function* decodeBinary3(body: Uint8Array): Iterable<Frame> {
  let start = 0;
  for (let count = 1; start < body.length; count++) {
    if (count > MAX_PACKETS) throw new PayloadError("too many packets");
    const kind = body[start];
    const end = body.indexOf(END_OF_LENGTH, start + 1);
    const digits = body.subarray(start + 1, end);
    const isLength =
      digits.length > 0 && digits.length <= MAX_DIGITS && digits.every((one) => one < 10);
    const next = end + 1 + Number(digits.join(""));
    if (end < 0 || !isLength || next > body.length) throw new PayloadError("no length");
    const bytes = body.subarray(end + 1, next);
    yield kind === TEXT ? decoder.decode(bytes) : bytes;
    start = next;
  }
}

/** Several arrays as one. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
