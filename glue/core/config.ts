/** The core's configuration: its defaults, and the words in which it is passed to the core. */
import { CONFIG_VERSION, type CoreConfig, configDefaults } from "./abi.gen.ts";

export type { CoreConfig } from "./abi.gen.ts";

/** The configuration with its defaults filled in. */
export function fullConfig(config: Partial<CoreConfig>): CoreConfig {
  return { ...configDefaults, ...config };
}

/** In the order in which they cross the boundary. */
export const configFields = Object.keys(configDefaults) as (keyof CoreConfig)[];

/** As it crosses the boundary: the version, then the fields. */
export function configWords(config: CoreConfig): number[] {
  return [CONFIG_VERSION, ...configFields.map((field) => config[field])];
}
