/**
 * Payloads of the default codec: JSON with binary attachments. The rules for what is valid, what counts
 * as binary and when `toJSON` is called are those of `socket.io-parser`.
 */
import { bufferClass, bytesOf, isBytes } from "../common/bytes.ts";
import { isReservedEvent } from "../common/reserved-events.ts";
import { isPlainObject, setField } from "../common/values.ts";

/** The arguments of an EVENT or BINARY_EVENT: name first. Undefined if the payload is not valid. */
export function parseEventPayload(json: string): unknown[] | undefined {
  const payload = tryParse(json);
  return isEventPayload(payload) ? payload : undefined;
}

/** The arguments of an ACK or BINARY_ACK. Undefined if the payload is not valid. */
export function parseAckPayload(json: string): unknown[] | undefined {
  const payload = tryParse(json);
  return Array.isArray(payload) ? payload : undefined;
}

/** The payload of a CONNECT. Undefined if it is not valid. */
export function parseConnectPayload(json: string): Record<string, unknown> | undefined {
  const payload = tryParse(json);
  return isPlainObject(payload) ? payload : undefined;
}

/** Whether a value can be the payload of an EVENT. */
export function isEventPayload(payload: unknown): payload is unknown[] {
  if (!Array.isArray(payload)) return false;
  const name: unknown = payload[0];
  return typeof name === "string" ? !isReservedEvent(name) : typeof name === "number";
}

function tryParse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/**
 * Puts attachments in the place of their placeholders, in a value that came from `JSON.parse` (so it is
 * a tree). Walks with a stack of its own: how deep a client nests is its choice. Returns undefined if
 * a placeholder names no attachment.
 */
export function fillPlaceholders(
  payload: unknown[],
  attachments: readonly Uint8Array[],
): unknown[] | undefined {
  const containers: object[] = [payload];
  for (let container = containers.pop(); container !== undefined; container = containers.pop()) {
    const slots = container as Record<string | number, unknown>;
    const keys = Array.isArray(container) ? container.keys() : Object.keys(container);
    for (const key of keys) {
      const value = slots[key];
      if (typeof value !== "object" || value === null) continue;
      if ((value as { _placeholder?: unknown })._placeholder !== true) {
        containers.push(value);
        continue;
      }
      const { num } = value as { num?: unknown };
      const attachment = typeof num === "number" ? attachments[num] : undefined;
      if (attachment === undefined) return undefined;
      slots[key] = attachment;
    }
  }
  return payload;
}

/**
 * Whether there is binary data in a value, or in what its `toJSON` gives. A cyclic or too deep value throws a
 * RangeError, to be seen by whoever emits it.
 */
export function hasBinary(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      if (hasBinary(value[i])) return true;
    }
    return false;
  }
  if (isBytes(value)) return true;
  const { toJSON } = value as { toJSON?: unknown };
  // The `toJSON` of what `toJSON` returned is not called, as with `JSON.stringify`.
  const sent: unknown = typeof toJSON === "function" ? toJSON.call(value) : value;
  if (sent !== value && !hasFields(sent)) return hasBinary(sent);
  const fields = sent as Record<string, unknown>;
  for (const key in fields) {
    if (Object.hasOwn(fields, key) && hasBinary(fields[key])) return true;
  }
  return false;
}

/** A copy of a value with a placeholder for each piece of binary data, which goes to `attachments`. */
export function takeAttachments(value: unknown, attachments: Uint8Array[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (isBytes(value)) {
    attachments.push(value instanceof Uint8Array ? value : bytesOf(value));
    return { _placeholder: true, num: attachments.length - 1 };
  }
  if (Array.isArray(value)) return value.map((element) => takeAttachments(element, attachments));
  if (value instanceof Date) return value;
  const { toJSON } = value as { toJSON?: unknown };
  const sent: unknown = typeof toJSON === "function" ? toJSON.call(value) : value;
  if (sent !== value && (!hasFields(sent) || sent instanceof Date)) {
    return takeAttachments(sent, attachments);
  }
  const fields = sent as Record<string, unknown>;
  const copy: Record<string, unknown> = {};
  for (const key in fields) {
    if (Object.hasOwn(fields, key)) setField(copy, key, takeAttachments(fields[key], attachments));
  }
  return copy;
}

/** Whether a value is an object whose fields are sent, and no list or binary data. */
function hasFields(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isBytes(value);
}

/** The view of the platform's own kind that listeners get: on Node `Buffer.isBuffer` holds. */
export function toListenerBytes(data: ArrayBuffer | Uint8Array): Uint8Array {
  const NodeBuffer = bufferClass();
  if (NodeBuffer === undefined) return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
  if (data instanceof ArrayBuffer) return NodeBuffer.from(data);
  if (NodeBuffer.isBuffer(data)) return data;
  return NodeBuffer.from(data.buffer, data.byteOffset, data.byteLength);
}
