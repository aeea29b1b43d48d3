/**
 * Makes cores, instances of one compiled module, and keeps one spare. An object needs a core with every wake, and
 * making one takes long; so each server makes one ahead for the next. Only the module scope of an isolate outlives an
 * object, so `Cores` is kept there, beside the compiled module.
 */
import type { CoreConfig } from "./config.ts";
import { Core } from "./core.ts";
import type { CoreTrap } from "./errors.ts";

export class Cores {
  readonly #module: object;
  #spare: Core | undefined;

  /** `module`: a `WebAssembly.Module`, which Node's types alone do not declare. */
  constructor(module: object) {
    this.#module = module;
  }

  /** The core that was made ahead, if it was set up like this, or a new one. The parameters are those of `Core`. */
  take(config: Partial<CoreConfig>, onTrap: (trap: CoreTrap) => void): Core {
    const spare = this.#spare;
    if (spare === undefined || !spare.isFor(config)) return new Core(this.#module, config, onTrap);
    this.#spare = undefined;
    spare.tellOfTraps(onTrap);
    return spare;
  }

  /** Makes a core ahead for `take`, set up like this one was. Nothing if there is one already. */
  makeSpare({ config }: Pick<Core, "config">): void {
    this.#spare ??= new Core(this.#module, config);
  }
}
