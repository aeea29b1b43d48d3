// Looks for an order of the package's modules in which the chat demo's upload packs better: `npm run order -- 600` for
// so many seconds. gzip looks 32 KB back, and the script is five times as long: what is alike has to be close.
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { buildPackage } from "./build.mjs";
import { setUp } from "./setup.mjs";
import { MODULE_ORDER, moduleOrder, withOrderedImports } from "./support/module-order.mjs";
import { main, ROOT } from "./support/process.mjs";
import { demoConstants, workerBuild } from "./support/upload.mjs";

const SECONDS = 300;
const DIST = join(ROOT, "dist");
/** So many modules move at once, at most. */
const MOST = 6;

await main(async () => {
  const seconds = Number(process.argv[2] ?? SECONDS);
  await setUp("run");
  await buildPackage();
  let order = moduleOrder();
  const { bundle, end: dispose } = await bundler(() => order);
  let { bytes: least, modules: best } = await bundle();
  console.log(`${least} bytes`);
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    order = changed(best);
    const { bytes } = await bundle();
    if (bytes > least) continue;
    if (bytes < least) console.log(`${bytes} bytes`);
    least = bytes;
    best = order;
    writeFileSync(MODULE_ORDER, `${JSON.stringify(best, null, 2)}\n`);
  }
  await dispose();
});

/**
 * The order with some modules in another place.
 * @param {string[]} order
 */
function changed(order) {
  const rest = [...order];
  const count = 1 + Math.floor(Math.random() ** 2 * MOST);
  const moved = rest.splice(Math.floor(Math.random() * rest.length), count);
  rest.splice(Math.floor(Math.random() * rest.length), 0, ...moved);
  return rest;
}

/**
 * Bundles the demo as it is uploaded: its bytes, gzipped, and the modules of the package in it, in their order.
 * @param {() => string[]} orderNow
 */
async function bundler(orderNow) {
  // Not before packages are installed.
  const { context } = await import("esbuild");
  const build = await context({
    ...workerBuild("worker/index.ts", demoConstants()),
    metafile: true,
    outfile: "worker.js",
    plugins: [
      {
        name: "ordered",
        setup({ onLoad }) {
          onLoad({ filter: /\/dist\/(glue|durable-objects)\/.*\.js$/ }, ({ path }) => {
            const code = readFileSync(path, "utf8");
            return { contents: withOrderedImports(code, relative(DIST, path), orderNow()) };
          });
        },
      },
    ],
  });
  const bundle = async () => {
    const { outputFiles = [], metafile } = await build.rebuild();
    const { contents } = /** @type {{ contents: Uint8Array }} */ (outputFiles[0]);
    const inputs = Object.keys(metafile?.inputs ?? {}).map((file) => relative("dist", file));
    const known = new Set(orderNow());
    const others = inputs.filter((file) => !file.startsWith("..") && !known.has(file));
    return { bytes: gzipSync(contents).length, modules: [...orderNow(), ...others] };
  };
  return { bundle, end: () => build.dispose() };
}
