/** The project's pages, and the code that they show, as a reader would copy it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A fenced piece of code. */
export interface CodeBlock {
  /** `ts`, `js`, `toml`, `sh`, … */
  language: string;
  code: string;
  /** The page's line on which the code begins, from 1. */
  line: number;
}

/** The code that a page shows, in its order. `page`: a path from the top of the project. */
export function codeBlocks(page: string): CodeBlock[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  return [...text.matchAll(/^```(\w+)\n(.*?)^```/gms)].map(({ index, 1: language, 2: code }) => ({
    language: language as string,
    code: code as string,
    line: text.slice(0, index).split("\n").length + 1,
  }));
}

/** The first code of a page that is in a language and holds a text. Throws if there is none. */
export function findCode(page: string, language: string, holds: string): string {
  const blocks = codeBlocks(page);
  const found = blocks.find((block) => block.language === language && block.code.includes(holds));
  if (found === undefined) throw new Error(`${page} shows no ${language} with ${holds}`);
  return found.code;
}
