/** Times the decoding of text events: npm's parsers, Dormouse's glue and core, the JSON alone. */
import { decodePacket } from "engine.io-parser";
import { Decoder, type Packet } from "socket.io-parser";
import { parseEventPayload } from "../../glue/codec/payload.ts";
import type { CodecTimes } from "./codec.ts";
import { createCore, joinNamespace, NOW } from "./core-session.ts";

/** Decodes one frame to the event's name and arguments. */
type Decode = (frame: string) => readonly unknown[];

const FRAME_LENGTH = 60;
const VARIANTS = 64;

const repetitions = Number(process.argv[2]);
const messages = Number(process.argv[3]);
const codecs: Record<keyof CodecTimes, Decode> = {
  "npm-parsers": npmParsers(),
  "dormouse-codec": dormouse(),
  "json-parse": (frame) => JSON.parse(frame.slice(2)) as unknown[],
};
process.send?.(timeAll(), () => process.disconnect());

function timeAll(): CodecTimes {
  const frames = Array.from({ length: VARIANTS }, (_, variant) => createFrame(variant));
  const names = Object.keys(codecs) as (keyof CodecTimes)[];
  const times: Record<keyof CodecTimes, number[]> = {
    "npm-parsers": [],
    "dormouse-codec": [],
    "json-parse": [],
  };
  for (const name of names) verify(name, frames);
  for (const name of names) timeBlock(codecs[name], frames);
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    for (const name of names) times[name].push(timeBlock(codecs[name], frames));
  }
  return times;
}

/** Nanoseconds of CPU time per message. */
function timeBlock(decode: Decode, frames: readonly string[]): number {
  let decoded = 0;
  const start = process.cpuUsage();
  for (let message = 0; message < messages; message += 1) {
    decoded += decode(frames[message % VARIANTS] as string).length;
  }
  const { user, system } = process.cpuUsage(start);
  if (decoded !== messages * 2) throw new Error("a codec lost arguments");
  return ((user + system) * 1000) / messages;
}

function verify(name: keyof CodecTimes, frames: readonly string[]): void {
  for (const frame of frames) {
    const decoded = JSON.stringify(codecs[name](frame));
    if (`42${decoded}` !== frame) throw new Error(`${name} decoded ${frame} as ${decoded}`);
  }
}

/** An event with a small object, as applications send it, of exactly 60 bytes. */
function createFrame(variant: number): string {
  const id = 1000 + variant;
  const frame = `42["message",{"user":"ada","id":${id},"text":"good morning"}]`;
  if (frame.length !== FRAME_LENGTH) throw new Error(`the frame has ${frame.length} bytes`);
  return frame;
}

function npmParsers(): Decode {
  const decoder = new Decoder();
  let data: readonly unknown[] = [];
  decoder.on("decoded", (packet: Packet) => {
    data = packet.data;
  });
  return (frame) => {
    decoder.add(decodePacket(frame, "nodebuffer").data);
    return data;
  };
}

function dormouse(): Decode {
  const core = createCore();
  const connection = core.handleOpen(NOW, 4, "connection");
  joinNamespace(core, connection, core.addNamespace("/"), "session");
  return (frame) => {
    const event = core.handleDelivery(NOW, connection, frame);
    const payload = event && parseEventPayload(frame.slice(event.offset));
    if (payload === undefined) throw new Error("the core reported no event");
    return payload;
  };
}
