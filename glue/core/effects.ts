/**
 * Decodes the core's queue of effects (wasm/include/dormouse/effect.h) into values. The whole queue is
 * decoded before anything is dispatched, because listeners call back into the core.
 */

import * as DeliveryLayout from "./abi/delivery-layout.gen.ts";
import * as EffectKind from "./abi/effect-kind.gen.ts";
import {
  type AckEffect,
  decodeEffect,
  type Effect,
  type EventEffect,
  type ReadText,
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

/** What `unpackDelivery` fills in. */
export function makeDelivery(): DeliverEffect {
  return { kind: EffectKind.event, session: 0, ackId: undefined, offset: 0, attachments: 0 };
}

/** Unpacks the core's number for a delivery (`DeliveryLayout`) into `into`. `units`: the head's length. */
export function unpackDelivery(answer: number, units: number, into: DeliverEffect): DeliverEffect {
  const isAck = answer < 0;
  const fields = isAck ? -answer : answer;
  const session = fields >>> 0;
  const ackId = (((fields - session) / 2 ** 32) | 0) - DeliveryLayout.no_ack;
  into.kind = isAck ? EffectKind.ack : EffectKind.event;
  into.session = session;
  into.ackId = ackId === 0 ? undefined : ackId - 1;
  into.offset = units - 1;
  return into;
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
  // Most calls have one effect, and a list that grows would reserve room for many.
  const effects = [decodeOne(words, start, readText)];
  while (at < end) {
    effects.push(decodeOne(words, at, readText));
    at += widthOf(words, at);
  }
  return effects;
}

/** How long an effect is with its head, in words. */
function widthOf(words: Uint32Array, at: number): number {
  return 1 + ((words[at] as number) >>> 16);
}

/** The kind is always known, because `Instance` has compared the versions of the boundary. */
function decodeOne(words: Uint32Array, at: number, readText: ReadText): Effect {
  const kind = (words[at] as number) & 0xffff;
  return decodeEffect(kind, words, at, readText) as Effect;
}
