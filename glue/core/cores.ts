/**
 * Where cores come from: the instances of one compiled module. An object needs one with every wake, and it takes long
 * to make; so the server before it has made one ahead, which nobody has used. Of all that an object has only the code
 * of its isolate outlives it, so this is kept beside the module, by whoever imports that.
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
