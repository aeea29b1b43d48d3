/**
 * Decodes the core's queue of effects (wasm/include/dormouse/effect.h) into values. The whole queue is
 * decoded before anything is dispatched, because listeners call back into the core.
 */
import { EffectKind, effectFieldCounts } from "./abi.gen.ts";

export interface SendEffect {
  kind: typeof EffectKind.send;
  connection: number;
  text: string;
}

export interface CloseEffect {
  kind: typeof EffectKind.close;
  connection: number;
  code: number;
  text: string;
  /** A `DisconnectReason`. */
  reason: number;
}

export interface ConnectEffect {
  kind: typeof EffectKind.connect;
  session: number;
  connection: number;
  /** Or `NONE`. */
  namespace: number;
  name: string;
  /** Or `NONE`. */
  offset: number;
  /** Or `NONE`. */
  end: number;
}

/** `event` and `ack`. */
export interface DeliverEffect {
  kind: typeof EffectKind.event | typeof EffectKind.ack;
  session: number;
  ackId: number | undefined;
  /** Or `NONE`. */
  offset: number;
  attachments: number;
}

export interface PendingEffect {
  kind: typeof EffectKind.pending;
  connection: number;
  /** Or `NONE`. */
  offset: number;
}

export interface AttachmentEffect {
  kind: typeof EffectKind.attachment;
  connection: number;
  /** Or `NONE`. */
  offset: number;
}

export interface ErrorEffect {
  kind: typeof EffectKind.error;
  session: number;
  /** A `Fault`. */
  fault: number;
}

export interface ClosingEffect {
  kind: typeof EffectKind.closing;
  session: number;
  /** A `DisconnectReason`. */
  reason: number;
  connected: boolean;
}

export interface DeadlineEffect {
  kind: typeof EffectKind.deadline;
  /** Milliseconds since the epoch, or `NEVER`. */
  time: number;
}

export interface HeartbeatEffect {
  kind: typeof EffectKind.heartbeat;
  connection: number;
}

/** Only with a codec other than JSON: a message to decode. */
export interface MessageEffect {
  kind: typeof EffectKind.message;
  connection: number;
  /** Or `NONE`: the binary message. */
  offset: number;
}

/** Only with a codec other than JSON: a packet of the core's to encode and send. */
export interface PacketEffect {
  kind: typeof EffectKind.packet;
  connection: number;
  /** A `PacketType`. */
  type: number;
  name: string;
  /** JSON, or empty. */
  payload: string;
}

export type Effect =
  | SendEffect
  | CloseEffect
  | ConnectEffect
  | DeliverEffect
  | PendingEffect
  | AttachmentEffect
  | ErrorEffect
  | ClosingEffect
  | DeadlineEffect
  | HeartbeatEffect
  | MessageEffect
  | PacketEffect;

/** Reads bytes of the queue's arena as text. */
export type ReadText = (offset: number, length: number) => string;

const EVENT_FIELDS = effectFieldCounts[EffectKind.event] as number;
const EVENT_WORDS = EVENT_FIELDS + 1;
const EVENT_HEAD = EffectKind.event | (EVENT_FIELDS << 16);
const NO_ACK_HIGH_WORD = 0xffff_ffff;
const TWO_TO_32 = 4_294_967_296;

const doubleWords = new Uint32Array(2);
const double = new Float64Array(doubleWords.buffer);

/** What `decodeOnlyEvent` fills in. */
export function makeEvent(): DeliverEffect {
  return { kind: EffectKind.event, session: 0, ackId: undefined, offset: 0, attachments: 0 };
}

/** Whether the queue holds one event and nothing else, as after most messages: it is then in `event`. */
export function decodeOnlyEvent(
  words: Uint32Array,
  start: number,
  count: number,
  event: DeliverEffect,
): boolean {
  if (count !== EVENT_WORDS || words[start] !== EVENT_HEAD) return false;
  const high = words[start + 3] as number;
  event.session = words[start + 1] as number;
  event.ackId =
    high === NO_ACK_HIGH_WORD ? undefined : high * TWO_TO_32 + (words[start + 2] as number);
  event.offset = words[start + 4] as number;
  event.attachments = words[start + 5] as number;
  return true;
}

/** Decodes `count` words from `start` on. The words are little-endian, like every WebAssembly memory. */
export function decodeEffects(
  words: Uint32Array,
  start: number,
  count: number,
  readText: ReadText,
): Effect[] {
  const effects: Effect[] = [];
  const end = start + count;
  let at = start;
  while (at < end) {
    const head = words[at] as number;
    const kind = head & 0xffff;
    const fieldCount = head >>> 16;
    if (fieldCount !== effectFieldCounts[kind]) {
      throw new Error(
        `unknown effect ${kind} with ${fieldCount} fields: glue and core do not match`,
      );
    }
    effects.push(decodeEffect(kind, words, at + 1, readText));
    at += 1 + fieldCount;
  }
  return effects;
}

function decodeEffect(kind: number, words: Uint32Array, at: number, readText: ReadText): Effect {
  const first = words[at] as number;
  const second = words[at + 1] as number;
  const third = words[at + 2] as number;
  const fourth = words[at + 3] as number;
  const fifth = words[at + 4] as number;
  switch (kind) {
    case EffectKind.event:
    case EffectKind.ack:
      return {
        kind,
        session: first,
        ackId: third === NO_ACK_HIGH_WORD ? undefined : third * TWO_TO_32 + second,
        offset: fourth,
        attachments: fifth,
      };
    case EffectKind.send:
      return { kind, connection: first, text: readText(second, third) };
    case EffectKind.close:
      return {
        kind,
        connection: first,
        code: second,
        text: readText(third, fourth),
        reason: fifth,
      };
    case EffectKind.connect:
      return {
        kind,
        session: first,
        connection: second,
        namespace: third,
        name: readText(fourth, fifth),
        offset: words[at + 5] as number,
        end: words[at + 6] as number,
      };
    case EffectKind.pending:
    case EffectKind.attachment:
    case EffectKind.message:
      return { kind, connection: first, offset: second };
    case EffectKind.error:
      return { kind, session: first, fault: second };
    case EffectKind.closing:
      return { kind, session: first, reason: second, connected: third !== 0 };
    case EffectKind.deadline:
      return { kind, time: toDouble(first, second) };
    case EffectKind.heartbeat:
      return { kind, connection: first };
    case EffectKind.packet:
      return {
        kind,
        connection: first,
        type: second,
        name: readText(third, fourth),
        payload: readText(fifth, words[at + 5] as number),
      };
    default:
      throw new Error(`unknown effect ${kind}: glue and core do not match`);
  }
}

function toDouble(low: number, high: number): number {
  doubleWords[0] = low;
  doubleWords[1] = high;
  return double[0] as number;
}
