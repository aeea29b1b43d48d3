/** Values that came from another server. */
import { bufferClass } from "../../common/bytes.ts";
import { clonedContainerOf } from "../../sleep/values/containers.ts";

/**
 * Makes bytes in it `Buffer`s, where there are any, as in all that server code gets: a clone knows them as plain bytes
 * only. In place, but for a value that is bytes itself. Walks with a stack of its own, through arrays, objects, maps
 * and sets.
 */
export function received<Value>(value: Value): Value {
  if (bufferClass() === undefined) return value;
  const whole = [value];
  const values: object[] = [whole];
  for (let inside = values.pop(); inside !== undefined; inside = values.pop()) {
    const container = clonedContainerOf(inside);
    if (container === undefined) continue;
    let hasBytes = false;
    const parts = container.parts(inside).map((part) => {
      if (typeof part !== "object" || part === null) return part;
      if (!(part instanceof Uint8Array)) {
        values.push(part);
        return part;
      }
      hasBytes = true;
      return toBuffer(part);
    });
    if (hasBytes) container.fill(inside, parts);
  }
  return whole[0] as Value;
}

function toBuffer(bytes: Uint8Array): Uint8Array {
  const { buffer, byteOffset, byteLength } = bytes;
  return bufferClass()?.from(buffer, byteOffset, byteLength) ?? bytes;
}
