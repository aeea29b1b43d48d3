/** How much memory a value takes, roughly. */

const WORD = 8;
/** An object, or an entry of one. */
const ENTRY = 4 * WORD;

/** In bytes. What is in a value more than once counts once. */
export function memorySize(value: unknown): number {
  let size = 0;
  const seen = new Set<object>();
  // Clients nest as deep as they like.
  const open: unknown[] = [value];
  while (open.length > 0) {
    const part = open.pop();
    if (typeof part === "string") size += ENTRY + 2 * part.length;
    else if (typeof part !== "object" || part === null || seen.has(part)) size += WORD;
    else if (ArrayBuffer.isView(part)) size += ENTRY + part.byteLength;
    else if (part instanceof ArrayBuffer) size += ENTRY + part.byteLength;
    else if (Array.isArray(part) || part instanceof Set) {
      seen.add(part);
      const items = [...part];
      size += ENTRY + WORD * items.length;
      for (const item of items) open.push(item);
    } else if (part instanceof Map) {
      seen.add(part);
      open.push([...part]);
    } else {
      seen.add(part);
      size += ENTRY;
      for (const [key, item] of Object.entries(part)) {
        size += ENTRY + key.length;
        open.push(item);
      }
    }
  }
  return size;
}
