/** The arguments of `createServer`, on every platform: options, if any, and the function behind them. */

/** The arguments; `options` is not checked yet. */
export interface ServerArguments<Options, Setup> {
  options: Options;
  setup: Setup;
}

type Callable = (...args: never[]) => unknown;

/** Tells the arguments apart. Throws a TypeError for what is not `createServer(options?, setup)`. */
export function readArguments<Options extends object, Setup extends Callable>(
  first: Options | Setup | undefined,
  second: Setup | undefined,
): ServerArguments<Options, Setup> {
  if (typeof first === "function" && second === undefined) {
    return { options: {} as Options, setup: first };
  }
  if (typeof first === "function" && typeof second !== "function") {
    throw new TypeError(`${USAGE}: the options come first`);
  }
  if (typeof second !== "function") throw new TypeError(`${USAGE}: the function is missing`);
  if (typeof first === "function") throw new TypeError(`${USAGE}: there are two functions`);
  return { options: (first === undefined ? {} : first) as Options, setup: second };
}

const USAGE = "dormouse: createServer is called as createServer(options?, setup)";
