/** The chat demo's Worker in workerd, with its page, as `wrangler dev` would serve it. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { Miniflare } from "miniflare";

const NAME = "chat";
const WORKER = fileURLToPath(new URL("../../worker/", import.meta.url));

export interface ChatServer {
  /** Address of the page, with a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Makes the object leave memory while its WebSockets stay open; rejects if it cannot sleep. */
  sleep(): Promise<void>;
  /** Ends workerd and with it every connection. */
  stop(): Promise<void>;
}

/**
 * Bundles the Worker and starts it.
 *
 * @param port where to listen on the loopback address; 0 for any free port
 */
export async function startChat(port = 0): Promise<ChatServer> {
  if (!existsSync(`${WORKER}assets/index.html`)) {
    throw new Error("The page is not built: run `node scripts/build-page.mjs`.");
  }
  const miniflare = new Miniflare({
    name: NAME,
    host: "127.0.0.1",
    port,
    modules: await bundle(),
    compatibilityDate: "2026-11-01",
    durableObjects: { CHAT: { className: "Chat", useSQLite: true } },
    assets: { directory: `${WORKER}assets`, routerConfig: { has_user_worker: true } },
    cf: false,
  });
  const url = await miniflare.ready;
  const object = { name: "default", webSockets: "hibernate" } as const;
  return {
    url: url.href,
    port: Number(url.port),
    sleep: () => miniflare.unsafeEvictDurableObject(NAME, "Chat", object),
    stop: () => miniflare.dispose(),
  };
}

/** The Worker's script and the Wasm modules that it imports. */
async function bundle() {
  const wasm = new Map<string, string>();
  const { outputFiles } = await build({
    entryPoints: [`${WORKER}index.ts`],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    plugins: [keepWasmImports(wasm)],
  });
  const script = {
    type: "ESModule" as const,
    path: "worker.js",
    contents: outputFiles[0]?.text ?? "",
  };
  const modules = [...wasm].map(async ([path, file]) => {
    return { type: "CompiledWasm" as const, path, contents: await readFile(file) };
  });
  return [script, ...(await Promise.all(modules))];
}

/** Leaves imports of Wasm modules as they are and notes which files they mean. */
function keepWasmImports(files: Map<string, string>): Plugin {
  return {
    name: "keep-wasm-imports",
    setup(build) {
      build.onResolve({ filter: /\.wasm$/ }, ({ path, importer }) => {
        const name = `${files.size}.wasm`;
        files.set(name, resolve(dirname(importer), path));
        return { path: `./${name}`, external: true };
      });
    },
  };
}
