/**
 * What applications hang on what is around a socket: on the request (`request.session`, `request.user`),
 * on `socket.conn` and on `socket.client`. It is kept like properties of the socket itself.
 */
import { type Connection, connectionProperties } from "../engine/connection.ts";
import { DetailsRequest } from "../engine/request.ts";
import { type Path, packBuffers, unpackBuffers } from "./buffers.ts";
import { isPlain } from "./containers.ts";
import { copyOf, putBack } from "./copy.ts";
import { dataPartOf } from "./data-part.ts";
import type { Looker } from "./image.ts";
import { type OwnProperties, propertiesBeside } from "./socket-properties.ts";

/** By what it hangs on. */
export type Hung = Partial<Record<"request" | "conn" | "client", OwnProperties>>;

/** The same as it is kept. */
export interface PackedHung {
  hung: Hung;
  /** Where in it bytes are that were a `Buffer`. */
  buffers?: Path[];
}

const NOTHING: ReadonlySet<string> = new Set();
const CLIENT_PROPERTIES: ReadonlySet<string> = new Set(["conn", "server"]);

export class Surroundings {
  readonly #conn: Connection;
  #image: unknown;

  constructor(conn: Connection) {
    this.#conn = conn;
  }

  /** Brings back what was kept. */
  restore({ hung, buffers }: PackedHung): void {
    const whole = (buffers === undefined ? hung : unpackBuffers(hung, buffers)) as Hung;
    const { request } = this.#conn;
    if (request) Object.assign(request, whole.request);
    Object.assign(this.#conn, whole.conn);
    this.#conn._clientProperties = whole.client;
  }

  /** What is to be kept; nothing of a request that was deleted. `onLost` hears of what cannot be. */
  keep(onLost: (name: string) => void): PackedHung | undefined {
    const collected = this.#collect(onLost);
    if (collected === undefined) return undefined;
    const { value, paths } = packBuffers(collected);
    return { hung: value as Hung, ...(paths.length > 0 && { buffers: paths }) };
  }

  /** Whether it is another than when it was looked at last, or the request is. */
  hasChanged(looker: Looker): boolean {
    const { request, _details: details } = this.#conn;
    if (request && !(request instanceof DetailsRequest)) details.follow(request);
    const isRequestChanged = details.hasChanged();
    const collected = this.#collect();
    if (collected === undefined && this.#image === undefined) return isRequestChanged;
    this.#image = looker.look(collected, this.#image);
    return looker.hasChanged || isRequestChanged;
  }

  /** A replay begins: a copy, to be put back when it is over. */
  copy(): Hung | undefined {
    return copyOf(this.#collect()) as Hung | undefined;
  }

  /** What a replay wrote is undone. Objects with methods that it made anew stay. */
  putBack(before: Hung | undefined): void {
    const { request, _client: client } = this.#conn;
    const targets = { request, conn: this.#conn, client };
    for (const [name, properties] of Object.entries(before ?? {})) {
      const target = targets[name as keyof Hung] as OwnProperties | undefined;
      if (target === undefined) continue;
      for (const [key, value] of Object.entries(properties)) {
        if (!isMadeAnew(target[key])) target[key] = putBack(target[key], value);
      }
    }
  }

  #collect(onLost?: (name: string) => void): Hung | undefined {
    const conn = this.#conn;
    const { request, _client: client } = conn;
    const own = (name: string, known: ReadonlySet<string>, object: object | undefined) => {
      const lost = onLost && ((key: string) => onLost(`${name}.${key}`));
      return object ? propertiesBeside(known, object, dataPartOf, lost) : undefined;
    };
    const isPlatforms = request && !(request instanceof DetailsRequest);
    const platforms = (isPlatforms && conn._runtime.host.requestProperties) || NOTHING;
    const onRequest = own("request", platforms, request);
    const onConn = own("conn", connectionProperties, conn);
    const onClient = client ? own("client", CLIENT_PROPERTIES, client) : conn._clientProperties;
    if (onRequest === undefined && onConn === undefined && onClient === undefined) return undefined;
    return {
      ...(onRequest && { request: onRequest }),
      ...(onConn && { conn: onConn }),
      ...(onClient && { client: onClient }),
    };
  }
}

/** Whether a value is an object with methods. */
function isMadeAnew(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isPlain(value);
}
