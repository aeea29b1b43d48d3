/**
 * The parts of a server that can be left out of a bundle: see docs/size.md. Each has a constant that bundlers can be
 * told, as `define`. Where it is told to nobody, as where nothing is bundled, everything is there.
 *
 * Each part is reached at one place, by `typeof DORMOUSE_X === "undefined" || DORMOUSE_X ? part : undefined`, written
 * out there: that is what bundlers see through before they look at which modules are needed. So are conditions of
 * statements elsewhere: what is behind them goes as well, which esbuild does for no constant of another module, nor
 * of the same one. Others ask whether there is a part.
 */

declare global {
  /** What is said to who writes a server: advice in the log, and the log under `DEBUG`. Nothing tells that it is not there. */
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
   * What is made again after a sleep, besides what connection listeners do: what hangs on requests, connections and
   * clients, what middlewares leave that is more than data, listeners that were removed.
   */
  const DORMOUSE_REMAKING: boolean | undefined;
  /** What is the server's and no client's: `io.data`, `data` of namespaces, `io.schedule`. */
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

/** What is thrown where somebody uses a part that is not there. `used`: what of it. */
export function leftOut(used: string, constant: FeatureName): Error {
  return new Error(`dormouse: ${used} ${whyLeftOut(constant)}`);
}

/** Ends a sentence that begins with what was left out. */
export function whyLeftOut(constant: FeatureName): string {
  return `was left out of this bundle, which is built with ${constant} = false`;
}
