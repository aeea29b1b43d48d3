/** What a client sends on a connection, cut into the things that it does. */

const HEAD_END = "\r\n\r\n";
const UPGRADE = /^upgrade:\s*websocket\s*$/im;
/** The bits of a frame's second byte that hold its length. */
const LENGTH_MASK = 0x7f;
const IS_MASKED = 0x80;
const LENGTH_IN_2_BYTES = 126;
const LENGTH_IN_8_BYTES = 127;

/**
 * Cuts a byte stream into the request of a WebSocket and its frames. What is no WebSocket goes on as it comes.
 */
export class ClientFrames {
  #rest: Buffer = Buffer.alloc(0);
  #state: "request" | "frames" | "other" = "request";

  /** Takes what has arrived; gives what is complete, in order. */
  cut(chunk: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const parts: Buffer[] = [];
    for (let length = this.#nextLength(); length > 0; length = this.#nextLength()) {
      parts.push(this.#rest.subarray(0, length));
      this.#rest = this.#rest.subarray(length);
    }
    return parts;
  }

  /** How long the next part is; 0 if it is not complete. */
  #nextLength(): number {
    if (this.#state === "request") return this.#requestLength();
    return this.#state === "frames" ? frameLength(this.#rest) : this.#rest.length;
  }

  #requestLength(): number {
    const end = this.#rest.indexOf(HEAD_END);
    if (end < 0) return 0;
    const isUpgrade = UPGRADE.test(this.#rest.toString("latin1", 0, end));
    this.#state = isUpgrade ? "frames" : "other";
    return isUpgrade ? end + HEAD_END.length : this.#rest.length;
  }
}

/** The length of a frame of RFC 6455; 0 if it is not all there. */
function frameLength(bytes: Buffer): number {
  if (bytes.length < 2) return 0;
  const second = bytes.readUInt8(1);
  let head = second & IS_MASKED ? 6 : 2;
  let payload = second & LENGTH_MASK;
  if (payload === LENGTH_IN_2_BYTES) {
    if (bytes.length < 4) return 0;
    payload = bytes.readUInt16BE(2);
    head += 2;
  } else if (payload === LENGTH_IN_8_BYTES) {
    if (bytes.length < 10) return 0;
    payload = Number(bytes.readBigUInt64BE(2));
    head += 8;
  }
  return bytes.length >= head + payload ? head + payload : 0;
}
