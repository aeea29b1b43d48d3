/**
 * Where Dormouse deliberately does something else with a frame than upstream, and why. Nothing else
 * may differ.
 */
import { configDefaults, MAX_ACK_ID } from "../../glue/core/abi.gen.ts";
import type { Disagreement, Observation } from "./exchange.ts";
import { type Frame, JOINED } from "./packets.ts";

export interface Difference {
  what: string;
  why: string;
  /** Frames whose last one shows it. */
  example: { protocol: 3 | 4; frames: Frame[] };
  explains(disagreement: Disagreement): boolean;
}

/** `4`, type, attachments, namespace, ack id: as far as they are there. */
const HEAD =
  /^4(?:(?<type>[0-4])|(?<binaryType>[56])(?<attachments>[^-]*)-?)(?:(?<name>\/[^,]*),?)?(?<id>\d*)/;
const CONNECT = "0";
const CONNECT_ERROR = "4";

export const DIFFERENCES: Difference[] = [
  {
    what: "an empty message has an error of ours",
    why: "upstream's is a TypeError of its own code: it reads a property of undefined",
    example: { protocol: 4, frames: ["4"] },
    explains: ({ frame, upstream, dormouse }) =>
      frame === "4" &&
      upstream.every(
        (line) => !line.startsWith("'error'") || line.includes("(reading 'base64')"),
      ) &&
      sameWithoutErrors(upstream, dormouse),
  },
  {
    what: "a blank is no digit",
    why: "upstream reads each as JavaScript's Number does, so that a blank is the packet type or an ack id 0",
    example: { protocol: 4, frames: ['42 ["hello"]'] },
    explains: ({ frame }) => isText(frame) && hasBlankForDigit(frame),
  },
  {
    what: "the number of attachments is written in digits, at most sixteen",
    why: 'upstream takes "1e0", "+1", "0x1", "1.0" and any number of zeros for 1',
    example: { protocol: 4, frames: ['451e0-["hello",{"_placeholder":true,"num":0}]'] },
    explains: ({ frame, dormouse }) => {
      const { attachments } = headOf(frame);
      return (
        attachments !== undefined &&
        !/^\d{1,16}$/.test(attachments) &&
        errorsOf(dormouse).every((message) => message === "Illegal attachments")
      );
    },
  },
  {
    what: "ack ids are at most 2^53 - 1, written in at most sixteen digits",
    why: "upstream answers larger ones with another number than it was sent",
    example: { protocol: 4, frames: ['4212345678901234567["hello"]'] },
    explains: ({ frame, dormouse }) => {
      const { id = "" } = headOf(frame);
      return (
        (id.length > 16 || Number(id) > MAX_ACK_ID) &&
        errorsOf(dormouse).every((message) => message === "illegal ack id")
      );
    },
  },
  {
    what: "namespace names have a limit",
    why: "they are kept in memory and in snapshots",
    example: { protocol: 4, frames: [`40/${"n".repeat(configDefaults.maxNamespaceLength)},`] },
    explains: ({ dormouse }) =>
      errorsOf(dormouse).every((message) => message === "namespace too long"),
  },
  {
    what: "a packet that may not come now closes the connection without a look at its payload",
    why: "the core decides before anybody parses; for upstream it is a parse error first",
    example: { protocol: 4, frames: ["42/nowhere,["] },
    explains: ({ protocol, frame, before, upstream, dormouse }) =>
      !mayCome(protocol, frame, before) &&
      errorsOf(upstream).every((message) => message === "invalid payload") &&
      dormouse.every((line) => !line.startsWith("'error'")) &&
      sameWithoutErrors(upstream, dormouse),
  },
  {
    what: "a binary packet that may not come closes the connection before its attachments are there",
    why: "nothing is kept for a packet that nobody gets; upstream collects them and closes then",
    example: { protocol: 4, frames: ['451-/nowhere,["hello",{"_placeholder":true,"num":0}]'] },
    explains: ({ protocol, frame, before, upstream, dormouse }) =>
      headOf(frame).binaryType !== undefined &&
      !mayCome(protocol, frame, before) &&
      (upstream.length === 0 || errorsOf(upstream).includes("invalid payload")) &&
      dormouse.at(-1) === "closed" &&
      dormouse.every((line) => !line.startsWith("'error'")),
  },
  {
    what: "a placeholder's number is a whole one",
    why: "upstream finds undefined at attachment 0.5, and delivers it",
    example: {
      protocol: 4,
      frames: ['451-["hello",{"_placeholder":true,"num":0.5}]', Uint8Array.of(1)],
    },
    explains: ({ before, dormouse }) =>
      before.some((frame) => isText(frame) && /"num":-?\d*\.\d|"num":\d+e-/.test(frame)) &&
      errorsOf(dormouse).every((message) => message === "illegal attachments"),
  },
  {
    what: "Engine.IO 3: a namespace is called what the client calls it",
    why: "upstream reads it as a URL: it escapes letters, drops dots and fragments (of the query, too), takes //x for a host",
    example: { protocol: 3, frames: ["40/ä,"] },
    explains: ({ protocol, frame, before }) =>
      protocol === 3 && [...before, frame].some((sent) => isChangedByUrl(headOf(sent).name)),
  },
  {
    what: "Engine.IO 3: a CONNECT's payload is not looked at",
    why: "clients of that protocol have none: what they say is in the query",
    example: { protocol: 3, frames: ["40/new,["] },
    explains: ({ protocol, frame, upstream }) =>
      protocol === 3 &&
      headOf(frame).type === CONNECT &&
      errorsOf(upstream).every((message) => message === "invalid payload"),
  },
  {
    what: "Engine.IO 3: base64 and binary frames have a known packet type",
    why: "any other text frame without one closes the connection; upstream ignores these",
    example: { protocol: 3, frames: ["b9AAAA"] },
    explains: ({ protocol, frame, upstream, dormouse }) =>
      protocol === 3 &&
      (isText(frame) ? /^b(?![0-6])/.test(frame) : !(Number(frame[0]) <= 6)) &&
      upstream.length === 0 &&
      dormouse.some((line) => line.endsWith("'parse error'")),
  },
];

function isText(frame: Frame): frame is string {
  return typeof frame === "string";
}

function headOf(frame: Frame): Record<string, string | undefined> {
  return (isText(frame) && HEAD.exec(frame)?.groups) || {};
}

/** Whether the client is where this packet says. Clients send no CONNECT_ERROR. */
function mayCome(protocol: 3 | 4, frame: Frame, before: readonly Frame[]): boolean {
  const { type, name } = headOf(frame);
  const joined = before.map(headOf).filter((head) => head.type === CONNECT);
  const names = [...JOINED[protocol], ...joined.map((head) => nameOf(protocol, head.name))];
  const isThere = names.includes(nameOf(protocol, name));
  return type === CONNECT ? !isThere : type !== CONNECT_ERROR && isThere;
}

function nameOf(protocol: 3 | 4, name = "/"): string {
  return protocol === 3 ? (name.split("?", 1)[0] as string) : name;
}

/** In the place of the type, in or around the number of attachments, or where the ack id may be. */
function hasBlankForDigit(frame: string): boolean {
  return /^4(\s|[56][^-]*\s[^-]*-|[0-6](\d+-)?(\/[^,]*,)?\d*\s)/.test(frame);
}

function isChangedByUrl(name = "/"): boolean {
  if (name.includes("#")) return true;
  const path = name.split("?", 1)[0] as string;
  return !URL.canParse(path, "https://x") || new URL(path, "https://x").pathname !== path;
}

/** The messages of the `error` events; one that cannot be if there are none. */
function errorsOf(observation: Observation): string[] {
  const lines = observation.filter((line) => line.startsWith("'error'"));
  return lines.length === 0 ? [""] : lines.map((line) => /'([^']*)'$/.exec(line)?.[1] ?? "");
}

function sameWithoutErrors(one: Observation, other: Observation): boolean {
  const [a, b] = [one, other].map((list) => list.filter((line) => !line.startsWith("'error'")));
  return a?.join("\n") === b?.join("\n");
}
