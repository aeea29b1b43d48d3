import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { build, type Plugin } from "esbuild";

/** A worker as it would be uploaded: one minified script, and the modules it imports. */
export interface WorkerBundle {
  readonly script: string;
  /** Wasm modules by the name under which the script imports them. */
  readonly wasm: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/** Bundles the worker whose entry is the file `entry`. With `BENCH_NAMES` in the environment, functions keep their names. */
export async function bundleWorker(entry: string): Promise<WorkerBundle> {
  const wasm = new Map<string, Uint8Array<ArrayBuffer>>();
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    minify: process.env.BENCH_NAMES === undefined,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    plugins: [collectWasm(wasm)],
    logLevel: "silent",
  });
  const script = result.outputFiles[0]?.text;
  if (script === undefined) throw new Error(`${entry} gave no bundle`);
  return { script, wasm };
}

/** Keeps Wasm imports as imports of `./<name>` beside the script. */
function collectWasm(modules: Map<string, Uint8Array<ArrayBuffer>>): Plugin {
  return {
    name: "collect-wasm",
    setup(build) {
      build.onResolve({ filter: /\.wasm$/ }, ({ path, importer }) => {
        const file = resolve(dirname(importer), path);
        const name = `${modules.size}.wasm`;
        modules.set(name, new Uint8Array(readFileSync(file)));
        return { path: `./${name}`, external: true };
      });
    },
  };
}
