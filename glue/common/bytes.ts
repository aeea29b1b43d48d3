/** Bytes in values: memory and views of it. */

export type Bytes = ArrayBufferView | ArrayBuffer;

export function isBytes(value: object): value is Bytes {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
}

/** The same memory as bytes. */
export function bytesOf(value: Bytes): Uint8Array {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

export interface BufferClass {
  isBuffer(value: unknown): boolean;
  from(memory: ArrayBufferLike, offset?: number, length?: number): Uint8Array;
}

/**
 * Node's `Buffer` class. Undefined in Workers without `nodejs_compat`, and in PartyKit and with some bundlers, where
 * the global of that name is something else.
 */
export function bufferClass(): BufferClass | undefined {
  const { Buffer } = globalThis as { Buffer?: Partial<BufferClass> };
  return typeof Buffer?.isBuffer === "function" ? (Buffer as BufferClass) : undefined;
}
