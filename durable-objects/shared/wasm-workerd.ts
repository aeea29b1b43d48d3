/** core.wasm as bundlers for Workers hand it over: compiled. */
// @ts-expect-error TypeScript knows no modules of this kind
import module from "../../wasm/core.wasm";

export default module as WebAssembly.Module;
