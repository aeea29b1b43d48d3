/** How much memory a value takes, roughly. */

const WORD = 8;
/** An object, or an entry of one. */
const ENTRY = 4 * WORD;

/** In bytes. For what was received: objects, arrays and bytes, not maps and sets. */
export function sizeOf(value: unknown): number {
  let size = 0;
  // Clients nest as deep as they like.
  const open: unknown[] = [value];
  while (open.length > 0) {
    const part = open.pop();
    if (typeof part === "string") size += ENTRY + 2 * part.length;
    else if (typeof part !== "object" || part === null) size += WORD;
    else if (ArrayBuffer.isView(part)) size += ENTRY + part.byteLength;
    else if (Array.isArray(part)) {
      size += ENTRY + WORD * part.length;
      for (const item of part) open.push(item);
    } else {
      size += ENTRY;
      for (const [key, item] of Object.entries(part)) {
        size += ENTRY + key.length;
        open.push(item);
      }
    }
  }
  return size;
}
