// What each guarantee costs of an upload: `npm run size` prints the table of bench/README.md. Bundles are made as
// wrangler makes them, of the library as it is packed, from the demo downwards; what is left out besides the constants are files, cumulatively, each
// an empty one instead, so that only the demo, what is above it and the last rungs are Workers that run.
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { buildPackage } from "./build.mjs";
import { setUp } from "./setup.mjs";
import { CORE_WASM } from "./support/core.mjs";
import { main, ROOT } from "./support/process.mjs";

const DEMO = "worker/index.ts";
const LIBRARY = "dist/durable-objects/cloudflare/index.js";
const TARGETS = "bench/targets";

/** What is left out of the demo, from above: a file is where its pattern comes first. */
const PARTS = /** @type {[string, RegExp][]} */ ([
  [
    "what a sleep would lose is found, told of, and keeps the object awake",
    /sleep\/(hidden|sweep|unkept|late|unsettled|awake|stale-objects|ack-keeper)\.|common\/advice/,
  ],
  [
    "what hangs on a socket and its handshake is kept, and what is more than data made again",
    /sleep\/(what-hangs|left-behind|.*surroundings|socket-properties|kept-properties|remaking.*|removed|refill|data-part|buffers|containers)\./,
  ],
  [
    "what changes is kept and comes back: `socket.data`, the handshake, connections, after a trap, too",
    /glue\/sleep\/(?!sleep|replay|gate|waiting)|shared\/snapshots\/|engine\/(restoring|trap-recovery|keeper)\./,
  ],
  ["listeners are there again after a sleep, and what they do then is dropped", /glue\/sleep\//],
  [
    "one alarm for heartbeats and the application; a storage that the application may wipe or roll back",
    /shared\/(alarm\/|object\/alarm-handlers|platform\/(deadlines|deadline-timer|replaced-methods)|storage\/own-storage)/,
  ],
  [
    "options and requests are checked, and errors say what is wrong",
    /option|handshake-checks|shared\/(routing\/worker-mistakes|create-server\/create-server-arguments)|engine\/(reports|endings)\.|core\/errors/,
  ],
  [
    "the rest of Socket.IO's API: answers of clients, catch-alls, patterns of namespaces, views, `fetchSockets`",
    /[-/]acks?[-.]|any-listeners|registered-listeners|parent-namespace|live-views|remote-socket|\/client\.|typed-events|details-request/,
  ],
]);

await main(async () => {
  await setUp("run");
  await buildPackage();
  const core = gzipSync(readFileSync(CORE_WASM)).length;
  const constants = demoConstants();
  const rows = /** @type {[string, number][]} */ ([["everything", core + (await size(DEMO))]]);
  rows.push(["the chat demo", core + (await size(DEMO, constants))]);
  const without = { ...constants, DORMOUSE_STATISTICS: "false" };
  rows.push(["without statistics", core + (await size(DEMO, without))]);
  PARTS.forEach(([title], index) => {
    rows.push([`without: ${title}`, index]);
  });
  for (const row of rows.slice(-PARTS.length)) {
    const gone = PARTS.slice(0, row[1] + 1).map(([, files]) => files);
    row[1] = core + (await size(DEMO, without, gone));
  }
  const least = await size(`${TARGETS}/least-chat.worker.ts`);
  const calls =
    (await size(`${TARGETS}/raw-core.worker.ts`)) -
    (await size(`${TARGETS}/raw-listeners.worker.ts`));
  rows.push(["the least chat, with the core and the least calls of it", core + calls + least]);
  rows.push(["the least chat: no core, no guarantees", least]);
  console.log(
    `core.wasm is ${kilobytes(core)} of each but the last.\n\n| | KiB | less |\n| --- | --- | --- |`,
  );
  rows.forEach(([title, bytes], index) => {
    const less = index === 0 ? "" : kilobytes(/** @type {number} */ (rows[index - 1]?.[1]) - bytes);
    console.log(`| ${title} | ${kilobytes(bytes)} | ${less} |`);
  });
});

/** @param {number} bytes */
function kilobytes(bytes) {
  return (bytes / 1024).toFixed(1);
}

/** What wrangler.toml tells the bundler. */
function demoConstants() {
  const lines = readFileSync(join(ROOT, "wrangler.toml"), "utf8").matchAll(
    /^(DORMOUSE_\w+) = "(\w+)"/gm,
  );
  return Object.fromEntries(Array.from(lines, ([, name, value]) => [name, value]));
}

/**
 * Bytes of a Worker's script, minified and gzipped.
 * @param {string} entry
 * @param {Record<string, string>} define
 * @param {RegExp[]} gone files that are empty
 */
async function size(entry, define = {}, gone = []) {
  // Not before packages are installed.
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    alias: { "dormouse-io": join(ROOT, LIBRARY) },
    bundle: true,
    conditions: ["workerd", "worker", "browser"],
    define,
    entryPoints: [entry],
    external: ["cloudflare:*", "node:*", "*.wasm"],
    format: "esm",
    minify: true,
    plugins: [emptied(gone)],
    target: "es2024",
    write: false,
  });
  return gzipSync(/** @type {{ contents: Uint8Array }} */ (outputFiles[0]).contents).length;
}

/**
 * @param {RegExp[]} gone
 * @returns {import("esbuild").Plugin}
 */
function emptied(gone) {
  return {
    name: "emptied",
    setup({ esbuild: { transform }, onLoad }) {
      onLoad({ filter: /\.[jt]s$/ }, async ({ path }) => {
        const file = relative(ROOT, path);
        if (file.startsWith("worker/") || !gone.some((one) => one.test(file))) return undefined;
        const { code } = await transform(readFileSync(path, "utf8"), {
          loader: path.endsWith(".ts") ? "ts" : "js",
          format: "esm",
        });
        const lists = Array.from(code.matchAll(/export \{([^}]*)\}/g), ([, list = ""]) =>
          list.split(","),
        );
        const names = lists
          .flat()
          .map((one) => one.trim().split(" as ").at(-1))
          .filter(Boolean);
        // Of a name that the platform may have, nothing can be left out before the program runs.
        return {
          contents: names.map((name) => `export const ${name} = globalThis.gone;`).join("\n"),
        };
      });
    },
  };
}
