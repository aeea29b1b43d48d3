/** The option `httpCompression`, in a file that needs no types of Node: projects of Workers read it, too. */

/** How `node:zlib` packs, which has the defaults, and from what size on. */
export interface HttpCompressionOptions {
  /** In bytes. Default 1024. */
  threshold?: number;
  /** From 0 to 9: the higher, the smaller and the dearer. */
  level?: number;
  /** From 1 to 9: the higher, the faster and the more memory. */
  memLevel?: number;
  /** The base-2 logarithm of the window's size in bytes, from 9 to 15. */
  windowBits?: number;
  /** One of the strategies among `zlib.constants`. */
  strategy?: number;
  /** In bytes, of the pieces that are packed at a time. */
  chunkSize?: number;
}
