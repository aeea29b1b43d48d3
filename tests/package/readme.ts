/** The examples in the README, as a reader would copy them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./consumer.ts";

/** The first code block of a language that holds a text. */
export function readmeExample(language: string, holds: string): string {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  for (const [, code = ""] of readme.matchAll(
    new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"),
  )) {
    if (code.includes(holds)) return code;
  }
  throw new Error(`the README has no ${language} with ${holds}`);
}
