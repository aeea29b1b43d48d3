/**
 * Signatures of messages, as Standard Webhooks has them (https://www.standardwebhooks.com): HMAC-SHA-256 of
 * `id.time.body`. Libraries of many languages can make them, and so can openssl.
 */
import { base64Of, bytesOf } from "./json.ts";

/** Says who a message is: letters, digits and `_:-`, at most 64. */
export const ID_HEADER = "webhook-id";
/** When it was signed, in seconds since the epoch. */
export const TIME_HEADER = "webhook-timestamp";
/** `v1,` and the signature in base64; several with blanks in between. */
export const SIGNATURE_HEADER = "webhook-signature";

const ALGORITHM = { name: "HMAC", hash: "SHA-256" };
const VERSION = "v1,";
/** What stands before a secret in base64. */
const ENCODED = "whsec_";
/** So many bytes: less can be guessed by who has seen a message. */
const MIN_SECRET = 16;
/** So many signatures are looked at. */
const MAX_SIGNATURES = 10;

/** What is signed. */
export interface Signed {
  id: string;
  /** Seconds since the epoch. */
  time: number;
  body: Uint8Array;
}

/** The bytes of a secret: of its letters, or those that stand behind `whsec_` in base64. Throws a TypeError. */
export function readSecret(secret: unknown): Uint8Array<ArrayBuffer> {
  const bytes = typeof secret === "string" ? bytesOfSecret(secret) : undefined;
  if (bytes !== undefined && bytes.length >= MIN_SECRET) return bytes;
  throw new TypeError(
    `dormouse: option "secret" of the emitter must be a text of at least ${MIN_SECRET} bytes, or "whsec_" and as ` +
      "many in base64: is the variable set?",
  );
}

function bytesOfSecret(secret: string): Uint8Array<ArrayBuffer> | undefined {
  if (!secret.startsWith(ENCODED)) return utf8(secret);
  try {
    return bytesOf(secret.slice(ENCODED.length));
  } catch {
    return undefined;
  }
}

/** The value of the signature's header. */
export async function sign(secret: Uint8Array<ArrayBuffer>, signed: Signed): Promise<string> {
  return VERSION + base64Of(await macOf(secret, contentOf(signed)));
}

/**
 * Whether one of the header's signatures is one by one of the secrets. The content is gone through once for each
 * secret, however many signatures there are: who has none can send large ones.
 */
export async function verify(
  secrets: Uint8Array<ArrayBuffer>[],
  signed: Signed,
  header: string,
): Promise<boolean> {
  const content = contentOf(signed);
  const signatures = header.split(" ").slice(0, MAX_SIGNATURES).map(signatureOf);
  for (const secret of secrets) {
    const mac = await macOf(secret, content);
    if (signatures.some((signature) => signature !== undefined && areSame(signature, mac)))
      return true;
  }
  return false;
}

/** In a time that tells nothing of where they differ. */
function areSame(one: Uint8Array, other: Uint8Array): boolean {
  let difference = one.length ^ other.length;
  for (const [at, byte] of other.entries()) difference |= byte ^ (one[at] ?? 0);
  return difference === 0;
}

function signatureOf(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!text.startsWith(VERSION)) return undefined;
  try {
    return bytesOf(text.slice(VERSION.length));
  } catch {
    return undefined;
  }
}

async function macOf(
  secret: Uint8Array<ArrayBuffer>,
  content: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey("raw", secret, ALGORITHM, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign(ALGORITHM.name, key, content));
}

function contentOf({ id, time, body }: Signed): Uint8Array<ArrayBuffer> {
  const head = utf8(`${id}.${time}.`);
  const content = new Uint8Array(head.length + body.length);
  content.set(head);
  content.set(body, head.length);
  return content;
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
}
