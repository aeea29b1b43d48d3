// What each guarantee costs of an upload: `npm run size` prints the table of bench/README.md. Bundles are made as
// wrangler makes them, of the library as it is packed, from the demo downwards; what is left out besides the constants are files, cumulatively, each
// an empty one instead, so that only the demo, what is above it and the last rungs are Workers that run.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { buildPackage } from "./build.mjs";
import { setUp } from "./setup.mjs";
import { CORE_WASM } from "./support/core.mjs";
import { Failure, main, ROOT } from "./support/process.mjs";
import { demoConstants, workerBuild } from "./support/upload.mjs";

const DIST = join(ROOT, "dist");
const DEMO = "worker/index.ts";
const TARGETS = "bench/targets";

const SLEEP = "glue/sleep";
const SHARED = "durable-objects/shared";

/**
 * What is left out of the demo, from above: files and folders of the package. A file is where its name comes first. One
 * that is not there is an error: the row would be too small in silence.
 */
const PARTS = /** @type {[string, string[]][]} */ ([
  [
    "what a sleep would lose is found, told of, and keeps the object awake",
    [
      ...filesOf(`${SLEEP}/awake`),
      `${SLEEP}/changes/sweep.js`,
      `${SLEEP}/remaking/unkept.js`,
      `${SLEEP}/stale-objects.js`,
      `${SLEEP}/values/hidden-properties.js`,
      "glue/common/advice.js",
    ],
  ],
  [
    "what hangs on a socket and its handshake is kept, and what is more than data made again",
    [
      ...filesOf(`${SLEEP}/guards`),
      ...filesOf(`${SLEEP}/remaking`),
      ...filesOf(`${SLEEP}/surroundings`),
      `${SLEEP}/replay/remaking-part.js`,
      `${SLEEP}/replay/removed-listeners.js`,
      `${SLEEP}/socket-state/socket-properties.js`,
      `${SLEEP}/values/buffers.js`,
      `${SLEEP}/values/containers.js`,
      `${SLEEP}/values/data-part.js`,
      `${SLEEP}/values/refill.js`,
    ],
  ],
  [
    "what changes is kept and comes back: `socket.data`, the handshake, connections, after a trap, too",
    [
      ...filesOf(`${SLEEP}/changes`),
      ...filesOf(`${SLEEP}/server-state`),
      ...filesOf(`${SLEEP}/snapshot`),
      ...filesOf(`${SLEEP}/socket-state`),
      ...filesOf(`${SLEEP}/values`),
      ...filesOf(`${SHARED}/snapshots`),
      "glue/engine/connections/keeper.js",
      "glue/engine/runtime/restoring.js",
      "glue/engine/runtime/trap-recovery.js",
    ],
  ],
  [
    "listeners are there again after a sleep, and what they do then is dropped",
    [...filesOf(`${SLEEP}/replay`), `${SLEEP}/sleep.js`],
  ],
  [
    "one alarm for heartbeats and the application; a storage that the application may wipe or roll back",
    [
      ...filesOf(`${SHARED}/alarm`),
      `${SHARED}/object/alarm-handlers.js`,
      `${SHARED}/platform/deadline-timer.js`,
      `${SHARED}/platform/deadlines.js`,
      `${SHARED}/platform/replaced-methods.js`,
      `${SHARED}/storage/own-storage.js`,
    ],
  ],
  [
    "options and requests are checked, and errors say what is wrong",
    [
      ...filesOf("glue/engine/options"),
      `${SHARED}/create-server/create-server-arguments.js`,
      `${SHARED}/create-server/shards-option.js`,
      `${SHARED}/handshake/handshake-checks.js`,
      `${SHARED}/routing/worker-mistakes.js`,
      "glue/common/option-checks.js",
      "glue/core/errors.js",
      "glue/engine/effects/disconnects.js",
      "glue/engine/runtime/error-reports.js",
      "glue/socket.io/server/ignored-options.js",
      "glue/socket.io/server/options.js",
    ],
  ],
  [
    "the rest of Socket.IO's API: answers of clients, catch-alls, patterns of namespaces, views, `fetchSockets`",
    [
      ...filesOf("glue/socket.io/listeners"),
      "glue/adapter/calls/ack-gathering.js",
      "glue/adapter/rooms/live-views.js",
      "glue/engine/handshake/kept-request.js",
      "glue/socket.io/emitting/broadcast-acks.js",
      "glue/socket.io/emitting/remote-socket.js",
      "glue/socket.io/emitting/socket-acks.js",
      "glue/socket.io/server/client.js",
      "glue/socket.io/server/parent-namespace.js",
      "glue/socket.io/types/typed-events.js",
    ],
  ],
]);

await main(async () => {
  await setUp("run");
  await buildPackage();
  checkParts();
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
    const gone = PARTS.slice(0, row[1] + 1).flatMap(([, files]) => files);
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

/** The modules of a folder, by the names that the package has for those of the sources. */
function filesOf(folder) {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `${folder}/${name.replace(/\.ts$/, ".js")}`);
}

function checkParts() {
  const absent = PARTS.flatMap(([, files]) => files).find((file) => !existsSync(join(DIST, file)));
  if (absent !== undefined)
    throw new Failure(`scripts/size.mjs leaves out ${absent}, which is not there`);
}

/** @param {number} bytes */
function kilobytes(bytes) {
  return (bytes / 1024).toFixed(1);
}

/**
 * Bytes of a Worker's script, minified and gzipped.
 * @param {string} entry
 * @param {Record<string, string>} define
 * @param {string[]} gone files of the package that are empty
 */
async function size(entry, define = {}, gone = []) {
  // Not before packages are installed.
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    ...workerBuild(entry, define),
    plugins: [emptied(gone)],
  });
  return gzipSync(/** @type {{ contents: Uint8Array }} */ (outputFiles[0]).contents).length;
}

/**
 * @param {string[]} gone
 * @returns {import("esbuild").Plugin}
 */
function emptied(gone) {
  return {
    name: "emptied",
    setup({ esbuild: { transform }, onLoad }) {
      onLoad({ filter: /\.[jt]s$/ }, async ({ path }) => {
        if (!gone.includes(relative(DIST, path))) return undefined;
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
