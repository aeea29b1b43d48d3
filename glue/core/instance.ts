/**
 * The core's WebAssembly instance, and how its exports are called. A call that fails throws a `CoreError`,
 * which is the caller's mistake; a trap tells `onTrap`, throws a `CoreTrap`, and leaves the instance
 * unusable.
 */

import * as Status from "./abi/status.gen.ts";
import { ABI_VERSION, type CoreConfig, type CoreExports } from "./abi.gen.ts";
import { CoreError, CoreTrap } from "./errors.ts";

/** A `WebAssembly.Memory`, which Node's types alone do not declare. */
export interface LinearMemory {
  /** Another one once it has grown. */
  readonly buffer: ArrayBuffer;
}

/** The exports, with what every WebAssembly module of this kind has. */
type Exports = CoreExports & { readonly memory: LinearMemory; _initialize?(): void };
type Name = keyof CoreExports;
/** The parameters behind the server. */
type Arguments<Export extends Name> =
  Parameters<CoreExports[Export]> extends [number, ...infer Rest] ? Rest : [];

export class Instance {
  /** For calls that are too frequent for `call`. What they throw is for `trapped`. */
  readonly exports: Exports;
  /** Their first argument. */
  readonly server: number;
  readonly #config: Readonly<CoreConfig>;
  readonly #onTrap: (trap: CoreTrap) => void;

  /** `module`: a `WebAssembly.Module`, which Node's types alone do not declare. `config`: for errors. */
  constructor(module: object, config: Readonly<CoreConfig>, onTrap: (trap: CoreTrap) => void) {
    this.#config = config;
    this.#onTrap = onTrap;
    const { exports } = new WebAssembly.Instance(module as WebAssembly.Module, {});
    this.exports = exports as unknown as Exports;
    this.exports._initialize?.();
    const version = this.exports.dm_abi_version();
    if (version !== ABI_VERSION) {
      throw new Error(`core.wasm has boundary version ${version}, the glue ${ABI_VERSION}`);
    }
    this.server = this.exports.dm_server_new();
  }

  /** Returns what the call does. */
  call<Export extends Name>(
    name: Export,
    ...args: Arguments<Export>
  ): ReturnType<CoreExports[Export]> {
    const call = this.exports[name] as (...all: number[]) => ReturnType<CoreExports[Export]>;
    try {
      return call(this.server, ...(args as number[]));
    } catch (error) {
      throw this.trapped(name, error);
    }
  }

  /** A call that answers with a status: throws a `CoreError` for any but `ok`. */
  run<Export extends Name>(name: Export, ...args: Arguments<Export>): void {
    const status = this.call(name, ...args);
    if (status !== Status.ok) throw this.refused(name, status as number);
  }

  /** The error of a call that answered with this status. */
  refused(name: Name, status: number): CoreError {
    // Applications get to see it: the name of the export says nothing to them.
    const call = name.replace(/^dm_/, "").replaceAll("_", " ");
    return new CoreError(call, status, this.#config);
  }

  /** The error of a call that threw this. */
  trapped(name: Name, error: unknown): CoreTrap {
    const trap = new CoreTrap(name, error);
    this.#onTrap(trap);
    return trap;
  }
}
