/** The request of a connection that has slept: what was kept of it, and what its HTTP connection still tells. */
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { KeptRequest } from "../../../glue/engine/handshake/kept-request.ts";
import type { EngineRequest } from "../../../glue/engine/handshake/request.ts";
import type { RequestDetails } from "../../../glue/engine/handshake/request-details.ts";

/** Methods that add listeners: these would be lost in the next sleep, or added twice by a replay. */
const ADDING: ReadonlySet<PropertyKey> = new Set([
  "on",
  "once",
  "addListener",
  "prependListener",
  "prependOnceListener",
  "setTimeout",
  "pipe",
  Symbol.asyncIterator,
]);

/** As the engine wants to have it; only TLS has `encrypted`. */
type ConnectionOfRequest = Socket & KeptRequest["connection"];

/**
 * Returns the function that makes a connection's request after a sleep; undefined if Node had no request for it.
 * `before`: the request before the sleep.
 */
export function remakeRequest(
  before: EngineRequest | undefined,
): ((details: RequestDetails) => EngineRequest) | undefined {
  const native = before instanceof RestoredRequest ? before._native : before;
  if (native === undefined || native instanceof KeptRequest) return undefined;
  return (details) => new RestoredRequest(details, native as IncomingMessage);
}

/**
 * An `IncomingMessage` without the properties that the application added to it. URL, method and headers, which the
 * application may have changed, are those that were kept.
 */
class RestoredRequest extends KeptRequest {
  readonly #native: IncomingMessage;

  constructor(details: RequestDetails, native: IncomingMessage) {
    super(details);
    this.#native = native;
  }

  /** @internal */
  get _native(): IncomingMessage {
    return this.#native;
  }

  override get socket(): ConnectionOfRequest {
    return withoutAdding(this.#native.socket as ConnectionOfRequest, "request.socket");
  }

  override get connection(): ConnectionOfRequest {
    return this.socket;
  }

  get client(): ConnectionOfRequest {
    return this.socket;
  }
}

/** Node's own members of a request, those that its classes inherit, too. */
function* membersOfRequests(): Iterable<PropertyKey> {
  yield* Object.keys(new IncomingMessage(new Socket()));
  let owner: object = IncomingMessage.prototype;
  while (owner !== Object.prototype) {
    yield* Reflect.ownKeys(owner);
    owner = Object.getPrototypeOf(owner);
  }
}

for (const name of membersOfRequests()) {
  if (name in RestoredRequest.prototype || String(name).startsWith("_")) continue;
  Object.defineProperty(RestoredRequest.prototype, name, {
    get(this: RestoredRequest) {
      return memberOf(this._native, name, "request");
    },
    // An application may put something of its own in its place, as it may with Node's.
    set(this: RestoredRequest, value: unknown) {
      Object.defineProperty(this, name, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    },
    configurable: true,
  });
}

/** `subject`: what applications call the object. */
function memberOf(object: object, name: PropertyKey, subject: string): unknown {
  if (ADDING.has(name)) return () => refuse(`${subject}.${String(name)}`);
  const value: unknown = Reflect.get(object, name);
  return typeof value === "function" ? value.bind(object) : value;
}

function withoutAdding<Target extends object>(object: Target, subject: string): Target {
  return new Proxy(object, {
    get: (target, name) => memberOf(target, name, subject),
    set: (target, name, value) => Reflect.set(target, name, value),
  });
}

function refuse(call: string): never {
  throw new Error(
    `dormouse: ${call}: after a sleep nothing is added to a request or its connection, for it would not survive the ` +
      'next; the event "disconnect" of the socket, or "close" of socket.conn, tells when the client is gone',
  );
}
