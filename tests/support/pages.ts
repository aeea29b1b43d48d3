/** The project's pages, and the code that they show, as a reader would copy it. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
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

/**
 * The links and pictures of a page that lead nowhere, be it the file or the section; those to other sites are not
 * looked at. `folder`: where the page's project is, a checkout or an unpacked tarball.
 */
export function deadLinks(folder: string, page: string): string[] {
  const text = readFileSync(join(folder, page), "utf8");
  const targets = [
    ...[...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target as string),
    ...[...text.matchAll(/\b(?:src|srcset|href)="([^"\s]+)/g)].map(
      ([, target]) => target as string,
    ),
  ];
  return targets.filter((target) => !/^[a-z]+:/.test(target) && isDead(folder, page, target));
}

/** Whether a link of a page leads nowhere. */
export function isDead(folder: string, page: string, target: string): boolean {
  const [file, section] = target.split("#");
  const path = join(folder, file ? join(dirname(page), file) : page);
  if (!existsSync(path)) return true;
  return section !== undefined && !sectionsOf(readFileSync(path, "utf8")).has(section);
}

/** The names under which a page's headings can be linked to, as GitHub and npm make them. */
function sectionsOf(text: string): Set<string> {
  const headings = text.replace(/^```.*?^```/gms, "").matchAll(/^#+ (.*)$/gm);
  return new Set(
    [...headings].map(([, heading = ""]) => {
      const words = heading.replace(/\[(.*?)\]\(.*?\)/g, "$1").toLowerCase();
      return words.replace(/[^\p{L}\p{N}\- _]/gu, "").replaceAll(" ", "-");
    }),
  );
}
