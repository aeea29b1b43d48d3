/**
 * The core's WebAssembly instance, and how it is called. A call that fails throws a `CoreError`,
 * which is the caller's mistake; a trap tells `onTrap`, throws a `CoreTrap`, and leaves the instance
 * unusable.
 */

import * as Status from "./abi/status.gen.ts";
import {
  ABI_VERSION,
  type CoreConfig,
  type CoreExports,
  LATE_CALLS,
  type LateCalls,
  lateCallNames,
} from "./abi.gen.ts";
import { CoreError, CoreTrap } from "./errors.ts";

/** Names of calls, for errors; undefined where diagnostics were left out: errors show numbers then. */
const names: readonly string[] | undefined =
  typeof DORMOUSE_DIAGNOSTICS === "undefined" || DORMOUSE_DIAGNOSTICS ? lateCallNames : undefined;

/** A `WebAssembly.Memory`, which Node's types alone do not declare. */
export interface LinearMemory {
  /** Another one once it has grown. */
  readonly buffer: ArrayBuffer;
}

/** The exports, with what every WebAssembly module of this kind has. */
type Exports = CoreExports & {
  readonly memory: LinearMemory;
  readonly __indirect_function_table: { get(place: number): unknown };
  _initialize?(): void;
};
/** A `LateCall`. */
type Late = keyof LateCalls;
/** The parameters behind the server. */
type Arguments<Call extends Late> =
  Parameters<LateCalls[Call]> extends [number, ...infer Rest] ? Rest : [];

export class Instance {
  /** For calls that are too frequent for `call`. What they throw is for `trapped`. */
  readonly exports: Exports;
  /** Their first argument. */
  readonly server: number;
  /** Functions by `LateCall`, taken from the table when first called: making all was half of an instance's cost. */
  readonly #calls: unknown[] = [];
  /** Where they are in the table. */
  readonly #places: Uint32Array;
  readonly #config: Readonly<CoreConfig>;
  /** Hears of traps. */
  onTrap: (trap: CoreTrap) => void;

  /** `module`: a `WebAssembly.Module`, which Node's types alone do not declare. `config`: for errors. */
  constructor(module: object, config: Readonly<CoreConfig>, onTrap: (trap: CoreTrap) => void) {
    this.#config = config;
    this.onTrap = onTrap;
    const { exports } = new WebAssembly.Instance(module as WebAssembly.Module, {});
    this.exports = exports as unknown as Exports;
    this.exports._initialize?.();
    const version = this.exports.dm_abi_version();
    if (version !== ABI_VERSION) {
      throw new Error(`core.wasm has boundary version ${version}, the glue ${ABI_VERSION}`);
    }
    this.server = this.exports.dm_server_new();
    const { buffer } = this.exports.memory;
    const places = new Uint32Array(buffer, this.exports.dm_late_calls(), LATE_CALLS);
    // A copy: the memory may grow.
    this.#places = places.slice();
  }

  /** Returns what the call does. `which`: a `LateCall`. */
  call<Call extends Late>(which: Call, ...args: Arguments<Call>): ReturnType<LateCalls[Call]> {
    this.#calls[which] ??= this.exports.__indirect_function_table.get(
      this.#places[which] as number,
    );
    const call = this.#calls[which] as (...all: number[]) => ReturnType<LateCalls[Call]>;
    try {
      return call(this.server, ...(args as number[]));
    } catch (error) {
      throw this.trapped(nameOf(which), error);
    }
  }

  /** A call that answers with a status: throws a `CoreError` for any but `ok`. `which`: a `LateCall`. */
  run<Call extends Late>(which: Call, ...args: Arguments<Call>): void {
    const status = this.call(which, ...args);
    if (status !== Status.ok) throw this.refused(nameOf(which), status as number);
  }

  /** The error of a call that returned this status. `call`: its name, which applications see. */
  refused(call: string, status: number): CoreError {
    return new CoreError(call, status, this.#config);
  }

  /** The error of a call that threw this. */
  trapped(call: string, error: unknown): CoreTrap {
    const trap = new CoreTrap(call, error);
    this.onTrap(trap);
    return trap;
  }
}

function nameOf(which: Late): string {
  return names?.[which]?.replaceAll("_", " ") ?? `call ${which}`;
}
