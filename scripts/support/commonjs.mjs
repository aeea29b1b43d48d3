// The CommonJS build of the package's entry for Node.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { copyDeclarations } from "./declarations.mjs";

const ENTRY = join("durable-objects", "node");
/** What `import.meta.url` is in a CommonJS module. */
const MODULE_URL = "__moduleUrl";

/**
 * Adds `commonjs/` to dist/: one file of code, and copies of the declarations, which TypeScript takes for
 * those of CommonJS modules because of the `package.json` beside them.
 * @param {string} dist with the ES modules and their declarations
 */
export async function buildCommonJs(dist) {
  // Not before packages are installed.
  const { build } = await import("esbuild");
  const folder = join(dist, "commonjs");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "type": "commonjs" }\n');
  await build({
    // Comments in it name modules from here.
    absWorkingDir: dist,
    // What is packed, so that members have the same names: an application may mix both.
    entryPoints: [join(dist, ENTRY, "commonjs.js")],
    // As deep as the ES module, so that core.wasm is where it looks for it.
    outfile: join(folder, "node", "index.js"),
    bundle: true,
    packages: "external",
    platform: "node",
    target: "node20",
    format: "cjs",
    sourcemap: true,
    sourcesContent: false,
    define: { "import.meta.url": MODULE_URL },
    banner: { js: `const ${MODULE_URL} = require("node:url").pathToFileURL(__filename).href;` },
    footer: { js: 'module.exports = module.exports["module.exports"];' },
    logLevel: "warning",
  });
  copyDeclarations(join(dist, ENTRY, "index.d.ts"), dist, folder);
}
