/** What comes from other servers is checked like a client's input: they may be broken, or of another version. */
import { isEventPayload } from "../../codec/payload.ts";
import { isReservedServerEvent } from "../../common/reserved-events.ts";
import { MAX_DELAY } from "../../common/timers.ts";
import { isPlainObject } from "../../common/values.ts";
import { type Call, type CallMessage, VERSION } from "./calls.ts";

/** So many calls in one message. */
export const MAX_CALLS = 10_000;
/** So many rooms in one list of a call. */
export const MAX_ROOMS = 10_000;
/** So many units in one name. */
export const MAX_NAME = 10_000;
/** So many arguments of an event, its name included. */
export const MAX_ARGUMENTS = 10_000;
/** So many units in what tells a message from others. */
const MAX_MESSAGE = 80;

/** How long an id is remembered, in milliseconds. */
const MAX_MEMORY = 600_000;

type Check = (value: unknown) => boolean;

export const isName: Check = (value) => typeof value === "string" && value.length <= MAX_NAME;
export const isNamespace: Check = (value) => isName(value) && (value as string).startsWith("/");
const isId: Check = (value) => typeof value === "string" && /^[\w:-]{1,64}$/.test(value);
const isOptional: Check = (value) => value === undefined;
const isBoolean: Check = (value) => typeof value === "boolean";
const isOptionalBoolean: Check = (value) => isOptional(value) || isBoolean(value);
/** Any number: `Number(text)` of a client's text may be NaN. */
export const isRoom: Check = (value) =>
  isName(value) || typeof value === "number" || isBoolean(value);
export const isRooms: Check = (value) =>
  Array.isArray(value) && value.length <= MAX_ROOMS && value.every(isRoom);
export const isMessage: Check = (value) => typeof value === "string" && value.length <= MAX_MESSAGE;
const isTimeout: Check = (value) =>
  Number.isFinite(value) && (value as number) >= 0 && (value as number) <= MAX_DELAY;
const isArguments: Check = (value) =>
  Array.isArray(value) &&
  value.length <= MAX_ARGUMENTS &&
  value.every((argument) => typeof argument !== "function");
const isEvent: Check = (value) => isArguments(value) && isEventPayload(value);
const isServerEvent: Check = (value) => {
  const [name] = isArguments(value) ? (value as unknown[]) : [];
  return isName(name) && !isReservedServerEvent(name);
};
const isOptionalMessage: Check = (value) => value === undefined || isMessage(value);
const isFlags: Check = (value) =>
  isPlainObject(value) && isOptionalBoolean(value.volatile) && isOptionalBoolean(value.compress);

const target = { namespace: isNamespace, rooms: isRooms, except: isRooms };
const changeRooms = { ...target, change: isRooms };
const serverSideEmit = { namespace: isNamespace, data: isServerEvent };

/** What each field of a call has to be, by the call's kind. */
const FIELDS: Record<Call["kind"], Record<string, Check>> = {
  broadcast: { ...target, flags: isFlags, data: isEvent, message: isOptionalMessage },
  broadcastWithAck: { ...target, flags: isFlags, data: isEvent, timeout: isTimeout },
  fetchSockets: target,
  socketsJoin: changeRooms,
  socketsLeave: changeRooms,
  disconnectSockets: { ...target, close: isBoolean },
  serverSideEmit,
  serverSideEmitWithAck: { ...serverSideEmit, timeout: isTimeout },
  serverCount: { namespace: isNamespace },
};

/** An emitter's message. Throws a TypeError that says what is wrong with it. `now`: milliseconds since the epoch. */
export function checkMessage(message: unknown, now: number): CallMessage {
  if (!isPlainObject(message) || message.version !== VERSION) {
    throw new TypeError(`dormouse: no calls of version ${VERSION}`);
  }
  const { once, id } = message;
  if (!(isOptional(once) || isOnce(once, now)) || !(isOptional(id) || isId(id))) {
    throw new TypeError('dormouse: a message with a wrong "once" or "id"');
  }
  checkCalls(message.calls);
  return message as never;
}

function isOnce(once: unknown, now: number): boolean {
  const { id, until } = isPlainObject(once) ? once : {};
  return isId(id) && Number.isFinite(until) && (until as number) <= now + MAX_MEMORY;
}

/** Calls, without a message of their own. Throws a TypeError that says what is wrong with them. */
export function checkCalls(calls: unknown): Call[] {
  if (!Array.isArray(calls) || calls.length > MAX_CALLS) {
    throw new TypeError(`dormouse: calls must be a list of at most ${MAX_CALLS}`);
  }
  for (const call of calls) checkCall(call);
  return calls;
}

function checkCall(call: unknown): void {
  const kind = isPlainObject(call) ? call.kind : undefined;
  if (typeof kind !== "string" || !Object.hasOwn(FIELDS, kind)) {
    throw new TypeError("dormouse: unknown kind of call");
  }
  for (const [name, isValid] of Object.entries(FIELDS[kind as Call["kind"]])) {
    if (isValid((call as Record<string, unknown>)[name])) continue;
    throw new TypeError(`dormouse: the call "${kind}" has a wrong "${name}"`);
  }
}
