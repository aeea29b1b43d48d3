/** Random packets, the frames that upstream's encoders make of them, and frames with faults in them. */
import { encodePacket } from "engine.io-parser";
import { Encoder, type Packet, PacketType } from "socket.io-parser";
import type { Random } from "./random.ts";
import { encodeProtocol3 } from "./upstream.ts";

export type Frame = string | Uint8Array;

const STRINGS = ["", "a", "hello", "ä", "日本", "🐭", "\u2028", '"', "\\", "\u0000", "__proto__"];
const NUMBERS = [0, -0, 1, -1, 10, 0.5, -2.75, 1e21, 5e-324, 2 ** 53, 255];
const EVENTS = ["hello", "message", "ä", "error", "", "constructor", "a".repeat(200), 1, 0, -1.5];
const RESERVED = ["connect", "connect_error", "disconnect", "disconnecting", "newListener"];
const PLACEHOLDERS = [0, 1, -1, 0.5, 10, "0", null];
/** Where a client is connected, by protocol, and where else it can be. */
export const JOINED = { 3: ["/", "/chat", "/x/y"], 4: ["/", "/chat", "/ä/日本"] };
const OTHERS = ["/new", "/__proto__", "/a-b.c", "/1", "/?a=1&b=%20", `/${"n".repeat(150)}`];
/** Acknowledgements that the server waits for in each namespace. */
export const PENDING_ACKS = 4;
/** What stands in the heads of packets, or nearly so. */
const MUTATIONS = [..."0123456789", ..."-,/?[]{}\"' \n.+eExb", "null", "[]", "/chat,", "é", "🐭"];

/** A value as JSON can have it, with binary data in it if wanted. */
export function randomValue(random: Random, binary: boolean, depth = 3): unknown {
  const kind = random.below(depth > 0 ? 8 : 6);
  switch (kind) {
    case 0:
      return random.pick(STRINGS);
    case 1:
      return random.pick(NUMBERS);
    case 2:
      return random.pick([true, false, null]);
    case 3:
      return binary ? randomBytes(random) : random.below(1000);
    case 4:
      return String.fromCodePoint(...random.list(12, () => 32 + random.below(900)));
    case 5:
      return random.chance(0.1) ? { _placeholder: true, num: random.pick(PLACEHOLDERS) } : {};
    case 6:
      return random.list(4, () => randomValue(random, binary, depth - 1));
    default:
      return Object.fromEntries(
        random.list(4, () => [
          random.pick(["a", "b", "", "ä", "num", "_placeholder", "0"]),
          randomValue(random, binary, depth - 1),
        ]),
      );
  }
}

function randomBytes(random: Random): Buffer {
  return Buffer.from(random.list(12, () => random.below(256)));
}

function randomPacket(random: Random, protocol: 3 | 4): Packet {
  const type = random.pick([
    PacketType.CONNECT,
    PacketType.DISCONNECT,
    PacketType.EVENT,
    PacketType.EVENT,
    PacketType.EVENT,
    PacketType.EVENT,
    PacketType.ACK,
    PacketType.ACK,
    PacketType.CONNECT_ERROR,
  ]);
  const isConnect = type === PacketType.CONNECT;
  const nsp = random.chance(isConnect ? 0.8 : 0.05)
    ? random.pick(OTHERS)
    : random.pick(JOINED[protocol]);
  const packet: Packet = { type, nsp } as Packet;
  const binary = random.chance(0.3);
  const args = random.list(4, () => randomValue(random, binary));
  if (type === PacketType.EVENT) {
    packet.data = [random.pick(random.chance(0.05) ? RESERVED : EVENTS), ...args];
    if (random.chance(0.4)) packet.id = random.pick([0, 1, 7, 123456, 2 ** 40]);
  } else if (type === PacketType.ACK) {
    packet.data = args;
    packet.id = random.below(PENDING_ACKS + 1);
  } else if (type !== PacketType.DISCONNECT && random.chance(0.6)) {
    packet.data = { token: randomValue(random, false) };
  }
  return packet;
}

/** The frames of a random packet, as a client of that protocol sends them. */
export function randomFrames(random: Random, protocol: 3 | 4): Frame[] {
  const encoded = new Encoder().encode(randomPacket(random, protocol)) as (string | Buffer)[];
  const asBase64 = random.chance(0.1);
  return encoded.map((data) => {
    const packet = { type: "message" as const, data };
    const made: Frame[] = [];
    const take = (frame: Frame) => void made.push(frame);
    if (protocol === 3) encodeProtocol3(packet, !asBase64, take);
    else encodePacket(packet, !asBase64, take);
    return made[0] as Frame;
  });
}

/** The same frames with a few faults in them. */
export function mutate(random: Random, frames: readonly Frame[]): Frame[] {
  const mutated = [...frames];
  for (let times = 1 + random.below(3); times > 0; times--) {
    const index = random.below(mutated.length);
    const frame = mutated[index];
    if (frame === undefined) break;
    const kind = random.below(20);
    if (kind < 2) mutated.splice(index, 1);
    else if (kind < 4) mutated.splice(index, 0, frame);
    else if (kind < 5) mutated.push(random.pick(["0", "1", "2", "3", "5", "6", "7", ""]));
    else if (typeof frame === "string") mutated[index] = mutateText(random, frame);
    else mutated[index] = random.chance(0.5) ? frame.subarray(0, random.below(3)) : "4x";
  }
  return mutated;
}

/** Most faults are put where the head of the packet is. */
function mutateText(random: Random, text: string): string {
  const reach = random.chance(0.7) ? Math.min(text.length, 12) : text.length;
  const at = random.below(reach + 1);
  const [before, after] = [text.slice(0, at), text.slice(at)];
  const inserted = random.pick(MUTATIONS);
  const made = random.pick([
    before + inserted + after,
    before + inserted + after.slice(1),
    before + after.slice(1),
    before,
    before + after + after,
  ]);
  return made.toWellFormed();
}
