/** Values that came from another server. */
import { bufferClass } from "../../common/bytes.ts";

/**
 * Makes bytes in it `Buffer`s, where there are any, as in all that server code gets: a clone knows them as plain bytes
 * only. In place, but for a value that is bytes itself. Walks with a stack of its own, through arrays and objects.
 */
export function received<Value>(value: Value): Value {
  if (bufferClass() === undefined) return value;
  const whole = { value };
  const containers: object[] = [whole];
  for (let container = containers.pop(); container !== undefined; container = containers.pop()) {
    const slots = container as Record<string, unknown>;
    for (const key of Object.keys(container)) {
      const part = slots[key];
      if (typeof part !== "object" || part === null) continue;
      if (part instanceof Uint8Array) slots[key] = toBuffer(part);
      else if (!ArrayBuffer.isView(part)) containers.push(part);
    }
  }
  return whole.value;
}

function toBuffer(bytes: Uint8Array): Uint8Array {
  const { buffer, byteOffset, byteLength } = bytes;
  return bufferClass()?.from(buffer, byteOffset, byteLength) ?? bytes;
}
