/** The route by which programs that have no binding emit: signed requests become calls of the object. */
import { METHOD, VERSION } from "../../../glue/adapter/calls/calls.ts";
import {
  absolutePath,
  checkOptionsOf,
  type OptionCheck,
  positiveNumber,
  text,
} from "../../../glue/common/option-checks.ts";
import { checkNamespace, type ObjectNamespace } from "../object-channel.ts";
import { decodeJson, encodeJson } from "./json.ts";
import {
  ID_HEADER,
  readSecret,
  SIGNATURE_HEADER,
  type Signed,
  TIME_HEADER,
  verify,
} from "./signature.ts";

/** How `routeEmitter` knows who may emit, and where messages go. */
export interface EmitterRouteOptions {
  /**
   * What senders share with the Worker: a text of at least 16 bytes, or `whsec_` and base64. Several: any of them
   * is taken, so that one can be replaced by another.
   */
  secret: string | string[];
  /** Where requests go. Default `/emit`. */
  path?: string;
  /** The name of the object for messages that name none. Default: `"default"`. */
  name?: string;
  /** How large a body may be, in bytes. Default: a million. */
  maxBytes?: number;
}

const CHECKS: Record<keyof EmitterRouteOptions, OptionCheck> = {
  // What is wrong with it is said where it is read: it is not to be shown.
  secret: { accepts: () => true, expectation: "" },
  path: absolutePath,
  name: text,
  maxBytes: positiveNumber,
};

const DEFAULTS = { path: "/emit", name: "default", maxBytes: 1_000_000 };
/** How far the sender's clock may be from this one, in seconds. */
const TOLERANCE = 60;
/** So much longer the object remembers an id: seconds are cut off here, and its clock may be ahead of this one. */
const MARGIN = 5;

/** A request that is answered by a status and a text. */
class Refusal extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(status: number, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** The mistake in how it is called that was logged last: requests are many. */
let isToldOf: string | undefined;

/**
 * Lets programs emit that have no binding, if they sign their requests: `emitter("https://…/emit", { secret })`, or
 * anything that can make an HMAC. Null for all other paths. Each message is performed once; whoever has seen one
 * cannot send it again. A mistake in what it is given (no secret, no binding) is logged once, and answered with 500.
 *
 * @example
 * export default {
 *   async fetch(request, env) {
 *     const response =
 *       (await routeEmitter(request, env.CHAT, { secret: env.EMIT_SECRET })) ??
 *       (await routeSocketIO(request, env.CHAT));
 *     return response ?? new Response("not found", { status: 404 });
 *   },
 * };
 */
export async function routeEmitter(
  request: Request,
  namespace: ObjectNamespace,
  options: EmitterRouteOptions,
): Promise<Response | null> {
  const { path = DEFAULTS.path } = options ?? {};
  // A path that no request has is a mistake, and told as one.
  if (absolutePath.accepts(path) && new URL(request.url).pathname !== path) return null;
  try {
    const settings = readOptions(namespace, options);
    return Response.json(await perform(request, namespace, settings));
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof Refusal) return answer(error.status, message, error.headers);
    if (!(error instanceof TypeError)) throw error;
    if (isToldOf !== message) console.error(message);
    isToldOf = message;
    return answer(500, message);
  }
}

function answer(status: number, message: string, headers: Record<string, string> = {}): Response {
  return new Response(`${message}\n`, {
    status,
    headers: { "content-type": "text/plain", ...headers },
  });
}

interface Settings {
  secrets: Uint8Array<ArrayBuffer>[];
  name: string;
  maxBytes: number;
}

/** Throws a TypeError for a mistake. */
function readOptions(namespace: ObjectNamespace, options: EmitterRouteOptions): Settings {
  checkOptionsOf("routeEmitter", CHECKS, options);
  checkNamespace("routeEmitter", namespace);
  const { secret, name = DEFAULTS.name, maxBytes = DEFAULTS.maxBytes } = options;
  const list = Array.isArray(secret) && secret.length > 0 ? secret : [secret];
  return { secrets: list.map(readSecret), name, maxBytes };
}

async function perform(
  request: Request,
  namespace: ObjectNamespace,
  { secrets, name: defaultName, maxBytes }: Settings,
): Promise<unknown> {
  if (request.method !== "POST") throw new Refusal(405, "messages are posted", { allow: "POST" });
  const { signature, ...head } = readHeaders(request.headers);
  const body = await readBody(request, maxBytes);
  const signed: Signed = { ...head, body };
  if (!(await verify(secrets, signed, signature))) {
    throw new Refusal(401, `${SIGNATURE_HEADER} is not that of this message by the secret`);
  }
  const { name = defaultName, calls } = readMessage(body);
  const once = { id: signed.id, until: (signed.time + TOLERANCE + MARGIN) * 1000 };
  const stub = namespace.get(namespace.idFromName(name));
  try {
    const answers = await stub[METHOD]({ version: VERSION, calls, once });
    return { version: VERSION, answers: encodeJson(answers) };
  } catch (error) {
    throw refusalOf(error as CallError);
  }
}

interface CallError extends Error {
  refusal?: "used" | "full";
  overloaded?: boolean;
}

/** What the object, or the way to it, says. */
function refusalOf(error: CallError): Error {
  const { message, refusal, overloaded } = error;
  if (refusal === "used") return new Refusal(409, message);
  if (refusal === "full") return new Refusal(429, message, { "retry-after": String(TOLERANCE) });
  if (error instanceof TypeError) return new Refusal(400, message);
  const status = overloaded === true ? 503 : 502;
  return new Refusal(status, `the object did not perform it: ${message}`, { "retry-after": "1" });
}

function readHeaders(headers: Headers) {
  const [id, time, signature] = [ID_HEADER, TIME_HEADER, SIGNATURE_HEADER].map((name) => {
    const value = headers.get(name);
    if (value === null) throw new Refusal(401, `the header ${name} is missing`);
    return value;
  }) as [string, string, string];
  if (!/^[\w:-]{1,64}$/.test(id)) {
    throw new Refusal(400, `${ID_HEADER} must be 1 to 64 letters, digits, "_", ":" or "-"`);
  }
  if (!/^\d{1,12}$/.test(time)) {
    throw new Refusal(400, `${TIME_HEADER} must be in seconds since the epoch`);
  }
  const difference = Number(time) - Math.floor(Date.now() / 1000);
  if (Math.abs(difference) > TOLERANCE) {
    const place = difference < 0 ? "past" : "future";
    throw new Refusal(
      401,
      `${TIME_HEADER} is ${Math.abs(difference)} seconds in the ${place}: ${TOLERANCE} are allowed`,
    );
  }
  return { id, time: Number(time), signature };
}

async function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = () => new Refusal(413, `a message has at most ${maxBytes} bytes`);
  if (Number(request.headers.get("content-length")) > maxBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

/** What calls have if they do not say. */
const CALL_DEFAULTS = { namespace: "/", rooms: [], except: [], flags: {}, close: false };

/** What is wrong with calls is said by the object, which checks them. */
function readMessage(body: Uint8Array): { name?: string; calls: unknown } {
  let message: unknown;
  try {
    message = decodeJson(
      JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body)),
    );
  } catch {
    throw new Refusal(400, "the body is not a message in JSON");
  }
  const { version = VERSION, name, calls } = (message ?? {}) as Record<string, unknown>;
  if (version !== VERSION) throw new Refusal(400, `"version" must be ${VERSION}`);
  if (name !== undefined && (typeof name !== "string" || name === "")) {
    throw new Refusal(400, '"name" must be the name of an object');
  }
  if (!Array.isArray(calls)) throw new Refusal(400, '"calls" must be a list');
  return {
    name: name as string | undefined,
    calls: calls.map((call) => ({ ...CALL_DEFAULTS, ...call })),
  };
}
