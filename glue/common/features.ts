/**
 * The parts of a server that can be left out of a bundle: see docs/size.md. Each has a constant, which the bundler's
 * option `define` can set to false. A part whose constant is not defined is there, as without a bundler.
 *
 * Each part is reached at one place, by `typeof DORMOUSE_X === "undefined" || DORMOUSE_X ? part : undefined`. This has
 * to be written out, also in conditions of statements: bundlers evaluate it before they look at which modules are
 * needed, but esbuild drops no statement behind a constant that is imported or declared in the module. Other code asks
 * whether there is a part.
 */

declare global {
  /** Help for developers: advice in the log, and the log under `DEBUG`. Left out without an error. */
  const DORMOUSE_DIAGNOSTICS: boolean | undefined;
  /** The calls of emitters. */
  const DORMOUSE_EMITTER: boolean | undefined;
  /** The application's say in handshakes: `allowRequest`, `cors`, `generateId`, headers, middlewares of `io.engine`. */
  const DORMOUSE_HANDSHAKE: boolean | undefined;
  /** The option `parser`. */
  const DORMOUSE_PARSER: boolean | undefined;
  /** Connection state recovery. */
  const DORMOUSE_RECOVERY: boolean | undefined;
  /**
   * Making again after a sleep what connection listeners do not: properties of requests, connections and clients,
   * what middlewares set that is more than data, and the removal of listeners.
   */
  const DORMOUSE_REMAKING: boolean | undefined;
  /** State of the server, not of a client: `io.data`, `data` of namespaces, `io.schedule`. */
  const DORMOUSE_STATE: boolean | undefined;
  /** `io.stats()`, and the engine's `wake`. */
  const DORMOUSE_STATISTICS: boolean | undefined;
}

/** The name of one of the constants. */
export type FeatureName =
  | "DORMOUSE_EMITTER"
  | "DORMOUSE_HANDSHAKE"
  | "DORMOUSE_PARSER"
  | "DORMOUSE_RECOVERY"
  | "DORMOUSE_REMAKING"
  | "DORMOUSE_STATE"
  | "DORMOUSE_STATISTICS";

/** The error for the use of a part that was left out. `used`: the name of the method or option. */
export function leftOut(used: string, constant: FeatureName): Error {
  return new Error(`dormouse: ${used} ${whyLeftOut(constant)}`);
}

/** Ends a sentence that begins with what was left out. */
export function whyLeftOut(constant: FeatureName): string {
  return `was left out of this bundle, which is built with ${constant} = false`;
}
