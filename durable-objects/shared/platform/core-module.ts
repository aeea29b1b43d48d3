/** core.wasm as bundlers for Workers hand it over: compiled. */
import { Cores } from "../../../glue/core/cores.ts";
// @ts-expect-error TypeScript knows no modules of this kind
import module from "../../../wasm/core.wasm";

export default module as WebAssembly.Module;

/** Of all objects of this isolate. */
export const cores = new Cores(module);
