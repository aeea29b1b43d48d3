/**
 * Decodes the core's queue of effects (wasm/include/dormouse/effect.h) into values. The whole queue is
 * decoded before anything is dispatched, because listeners call back into the core.
 */

import * as EffectKind from "./abi/effect-kind.gen.ts";
import {
  type AckEffect,
  decodeEffect,
  type Effect,
  type EventEffect,
  effectWidths,
  type ReadText,
  readAck,
} from "./abi.gen.ts";

export type {
  AttachmentEffect,
  CloseEffect,
  ClosingEffect,
  ConnectEffect,
  Effect,
  MessageEffect,
  PacketEffect,
  PendingEffect,
} from "./abi.gen.ts";

/** `event` and `ack`. */
export type DeliverEffect = EventEffect | AckEffect;

const EVENT_WIDTH = effectWidths[EffectKind.event] as number;
const EVENT_WORDS = EVENT_WIDTH + 1;
const EVENT_HEAD = EffectKind.event | (EVENT_WIDTH << 16);

/** What `decodeOnlyEvent` fills in. */
export function makeEvent(): EventEffect {
  return { kind: EffectKind.event, session: 0, ackId: undefined, offset: 0, attachments: 0 };
}

/** Whether the queue holds one event and nothing else, as after most messages: it is then in `event`. */
export function decodeOnlyEvent(
  words: Uint32Array,
  start: number,
  count: number,
  event: EventEffect,
): boolean {
  if (count !== EVENT_WORDS || words[start] !== EVENT_HEAD) return false;
  event.session = words[start + 1] as number;
  event.ackId = readAck(words[start + 2] as number, words[start + 3] as number);
  event.offset = words[start + 4] as number;
  event.attachments = words[start + 5] as number;
  return true;
}

/**
 * Decodes `count` words from `start` on, which hold at least one effect. The words are little-endian, like every
 * WebAssembly memory.
 */
export function decodeEffects(
  words: Uint32Array,
  start: number,
  count: number,
  readText: ReadText,
): Effect[] {
  const end = start + count;
  let at = start + widthOf(words, start);
  // Most calls have one effect: a list that grows would have room for many.
  const effects = [decodeOne(words, start, readText)];
  while (at < end) {
    effects.push(decodeOne(words, at, readText));
    at += widthOf(words, at);
  }
  return effects;
}

/** Of an effect with its head, in words. */
function widthOf(words: Uint32Array, at: number): number {
  return 1 + ((words[at] as number) >>> 16);
}

function decodeOne(words: Uint32Array, at: number, readText: ReadText): Effect {
  const head = words[at] as number;
  const kind = head & 0xffff;
  const width = head >>> 16;
  const effect =
    width === effectWidths[kind] ? decodeEffect(kind, words, at + 1, readText) : undefined;
  if (effect === undefined) {
    throw new Error(`unknown effect ${kind} of ${width} words: glue and core do not match`);
  }
  return effect;
}
