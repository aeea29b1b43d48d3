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

/** By name: what an option has to be. */
const KINDS: Record<string, string> = {
  name: "string",
  path: "string",
  maxBytes: "number",
  onError: "function",
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
        `dormouse: option "${name}" of ${taker} must be a ${KINDS[name]}, got ${describe(value)}`,
      );
    }
  }
}

/** Logs a failure that nobody else hears of. */
export function logFailure(error: Error): void {
  console.error(`dormouse: an emitter's call failed: ${error?.message ?? error}`);
}
