/** Options of compression, in a file that needs no types of Node: projects of Workers read it, too. */

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

/** How the npm package `ws` packs messages (RFC 7692), which has the defaults, and from what size on. */
export interface PerMessageDeflateOptions {
  /** In bytes. Default 1024. */
  threshold?: number;
  /** Whether the server packs each message by itself: less memory for each client, larger messages. */
  serverNoContextTakeover?: boolean;
  /** The same of clients. */
  clientNoContextTakeover?: boolean;
  /** The base-2 logarithm of the window's size in bytes, from 8 to 15. */
  serverMaxWindowBits?: number;
  /** The same of clients. */
  clientMaxWindowBits?: number;
  /** How many messages of all clients are packed at a time. */
  concurrencyLimit?: number;
  /** Options of `node:zlib` for packing. */
  zlibDeflateOptions?: object;
  /** And for unpacking. */
  zlibInflateOptions?: object;
}
