// The core as what is broken: its sources, built natively with its tests.
import { filesBelow } from "../sources.mjs";
import { CoreLaboratory } from "./core-laboratory.mjs";
import { coreMutants } from "./core-mutants.mjs";

/** They are compiled to Wasm only: the core's native tests do not hold them. */
const BOUNDARY = /(abi|runtime)\.cpp$/;

/** @type {import("./mutation.mjs").Subject} */
export const CORE = {
  files: () => filesBelow(["wasm/src"], /\.cpp$/).filter((path) => !BOUNDARY.test(path)),
  mutantsOf: coreMutants,
  async laboratories(count) {
    const laboratories = Array.from({ length: count }, (_, number) => new CoreLaboratory(number));
    await Promise.all(laboratories.map((laboratory) => laboratory.prepare()));
    return laboratories;
  },
};
