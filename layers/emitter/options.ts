/** What `emitter` is told beside where to. */

/** Whatever the way. */
export interface EmitterOptions {
  /** The name of the object that the server is, as for `routeSocketIO`. Default: `"default"`. */
  name?: string;
  /**
   * Hears of failures of what nobody awaited, when they come. Default: they are logged. `flush()` rejects with the
   * first in any case.
   */
  onError?: (error: Error) => void;
}

/** What `shards` of `dormouse-io/shards` gives, as emitters need it. */
export interface EmitterShards {
  /** How many objects there are now. */
  readonly count: number;
  /** @internal The object where an emitter begins that calls these rooms first. */
  _begin(
    server: string,
    namespace: string,
    rooms: readonly string[],
    binding: { idFromName(name: string): unknown },
  ): string;
}

/** The options of an emitter that has a binding. */
export interface ObjectEmitterOptions extends EmitterOptions {
  /**
   * What the server's option `shards` is, if it has one: then the emitter's calls go by way of the home of the room
   * that it calls first, which saves a hop and spreads the work. Default: by way of the first shard.
   */
  shards?: EmitterShards;
}

/** Without a binding. */
export interface RemoteEmitterOptions extends EmitterOptions {
  /** The secret of the Worker's `routeEmitter`. */
  secret: string;
  /** How requests are made. Default: the platform's `fetch`. */
  fetch?: typeof fetch;
}

/** In words for messages. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** What an option has to be, by its name, in words. */
const KINDS: Record<string, string> = {
  name: "string",
  path: "string",
  maxBytes: "number",
  onError: "function",
  shards: "object",
  fetch: "function",
};

/** `taker`: the function that was given them. Throws a TypeError for an option that is unknown or ill-typed. */
export function checkOptions(taker: string, options: object, known: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `dormouse: the options of ${taker} must be an object, got ${describe(options)}`,
    );
  }
  for (const [name, value] of Object.entries(options)) {
    if (!known.includes(name))
      throw new TypeError(`dormouse: unknown option "${name}" of ${taker}`);
    if (value !== undefined && typeof value !== KINDS[name]) {
      throw new TypeError(
        `dormouse: option "${name}" of ${taker} must be ${article(KINDS[name])}, got ${describe(value)}`,
      );
    }
  }
}

function article(kind: string | undefined): string {
  return kind === "object" ? "an object" : `a ${kind}`;
}

/** Throws a TypeError for another object than what `shards` of `dormouse-io/shards` gives. */
export function checkShards(shards: EmitterShards | undefined): void {
  if (shards === undefined || typeof shards?._begin === "function") return;
  throw new TypeError(
    'dormouse: option "shards" of emitter must be what shards() of "dormouse-io/shards" gives',
  );
}

/** Logs a failure that nobody else hears of. */
export function logFailure(error: Error): void {
  console.error(`dormouse: an emitter's call failed: ${error?.message ?? error}`);
}
