/** The chat demo's Worker in workerd, with its page, as `wrangler dev` would serve it. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startWorker } from "./miniflare.ts";

const ENTRY = new URL("../../worker/index.ts", import.meta.url);
const CONFIGURATION = new URL("../../wrangler.toml", import.meta.url);
const ASSETS = fileURLToPath(new URL("../../worker/assets", import.meta.url));

export interface ChatServer {
  /** Origin, `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly port: number;
  /** What the Worker has logged so far, with what the engine and the host of the server do. */
  readonly output: string;
  /** Makes the object leave memory while its WebSockets stay open; rejects if it cannot sleep. */
  sleep(): Promise<void>;
  /** Ends workerd and with it every connection. */
  stop(): Promise<void>;
}

/**
 * Starts the chat.
 *
 * @param port where to listen on the loopback address; 0 for any free port
 */
export async function startChat(port = 0): Promise<ChatServer> {
  if (!existsSync(`${ASSETS}/index.html`)) {
    throw new Error("The page is not built: run `node scripts/build-page.mjs`.");
  }
  const worker = await startWorker({
    entry: ENTRY,
    classes: { CHAT: "Chat" },
    define: constants(),
    assets: ASSETS,
    bindings: { DEBUG: "dormouse:engine,dormouse:host" },
    port,
  });
  return {
    url: worker.url,
    port: Number(new URL(worker.url).port),
    get output() {
      return worker.output;
    },
    sleep: () => worker.evict("default"),
    stop: () => worker.stop(),
  };
}

/** What the demo is bundled with by `npm start`. */
function constants(): Record<string, string> {
  const [, section = ""] = readFileSync(CONFIGURATION, "utf8").split(/^\[define\]\n/m);
  const lines = section.matchAll(/^(\w+) = "(\w+)"$/gm);
  const all = Object.fromEntries(Array.from(lines, ([, name, value]) => [name, value]));
  if (Object.keys(all).length === 0) throw new Error("wrangler.toml defines nothing");
  return { ...all, DORMOUSE_DIAGNOSTICS: "true" } as Record<string, string>;
}
