/** The core's configuration: its defaults, and the words in which it is passed to the core. */
import { CONFIG_VERSION, type CoreConfig, configDefaults } from "./abi.gen.ts";

export type { CoreConfig } from "./abi.gen.ts";

/** The configuration with its defaults filled in. */
export function fullConfig(config: Partial<CoreConfig>): CoreConfig {
  return { ...configDefaults, ...config };
}

/** As it crosses the boundary: the version, then the fields in the order of `configDefaults`. */
export function configWords(config: CoreConfig): number[] {
  const fields = Object.keys(configDefaults) as (keyof CoreConfig)[];
  return [CONFIG_VERSION, ...fields.map((field) => config[field])];
}
