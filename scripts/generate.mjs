// `npm run generate`: glue/core/abi.gen.ts from the constants in the C++ headers.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { setUp } from "./setup.mjs";
import { build } from "./support/core.mjs";
import { capture, main, ROOT } from "./support/process.mjs";

/** The generated file. */
export const GENERATED = join(ROOT, "glue", "core", "abi.gen.ts");

/**
 * What the file should hold.
 * @returns {Promise<string>}
 */
export async function generate() {
  await build("native", ["generate_abi"]);
  const { output, error } = await capture(join(ROOT, "build", "native", "generate_abi"), []);
  if (error) throw error;
  return output;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await main(async () => {
    await setUp("test");
    writeFileSync(GENERATED, await generate());
  });
}
