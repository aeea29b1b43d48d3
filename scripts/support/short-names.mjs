// Short names for the members that only the library itself names, in what is packed.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { ROOT } from "./process.mjs";
import { filesBelow } from "./sources.mjs";

/** What was called what in the last build, for tests. It is not packed: source maps say so, too. */
export const SHORT_NAMES = join(ROOT, "build", "short-names.json");

/** Where in dist/ the modules are that are rewritten; the layers have nothing to do with such members. */
const FOLDERS = ["glue", "durable-objects"];
/** The most frequent ones of code first: it compresses better then. */
const LETTERS = "etisnraocldhpugmfvbkwyxjqzTSANREDCOMLPIUFGWHBVKXYJQZ";
/** Applications hang properties on sockets, and extend classes: there short names begin as no one's names do. */
const BESIDE_OTHERS = "_";

/**
 * What members are called in dist/, by what they are called in the sources.
 * @returns {Promise<Record<string, string>>}
 */
export async function shortNames() {
  // Not before packages are installed.
  const { internalNames } = await import("./internal-names.mjs");
  const { names, taken } = internalNames();
  // Those that are there most often get the shortest.
  names.sort((one, other) => other.uses - one.uses || (one.name < other.name ? -1 : 1));
  /** @type {Map<string, import("./internal-names.mjs").InternalName[]>} */
  const given = new Map();
  return Object.fromEntries(
    names.map((one) => {
      const candidates = new Names(taken, one.isBesideOthers ? BESIDE_OTHERS : "");
      let short = candidates.next();
      while (given.get(short)?.some((other) => mayMeet(one, other))) short = candidates.next();
      given.set(short, [...(given.get(short) ?? []), one]);
      return [one.name, short];
    }),
  );
}

/**
 * Whether one object may have both members, or be asked for the one while it has the other.
 * @param {import("./internal-names.mjs").InternalName} one
 * @param {import("./internal-names.mjs").InternalName} other
 */
function mayMeet(one, other) {
  const areCertain = one.isCertain && other.isCertain;
  return !areCertain || one.classes.some((each) => other.classes.includes(each));
}

/** Names of one letter, then of two, that nobody else has. */
class Names {
  #count = 0;
  #taken;
  #prefix;

  /**
   * @param {Set<string>} taken
   * @param {string} prefix
   */
  constructor(taken, prefix) {
    this.#taken = taken;
    this.#prefix = prefix;
  }

  next() {
    for (;;) {
      let rest = this.#count++;
      let name = "";
      do {
        name = LETTERS[rest % LETTERS.length] + name;
        rest = Math.floor(rest / LETTERS.length) - 1;
      } while (rest >= 0);
      if (!this.#taken.has(this.#prefix + name)) return this.#prefix + name;
    }
  }
}

/**
 * Gives the members their short names in every module of the library below `dist`, the same in all: modules of several
 * entries meet in one program. Source maps say what they were called.
 * @param {string} dist
 */
export async function shortenNames(dist) {
  const { build } = await import("esbuild");
  const mangleCache = await shortNames();
  mkdirSync(dirname(SHORT_NAMES), { recursive: true });
  writeFileSync(SHORT_NAMES, `${JSON.stringify(mangleCache, null, 2)}\n`);
  const mangleProps = new RegExp(`^(${Object.keys(mangleCache).join("|")})$`);
  const words = new RegExp(`\\b(${Object.keys(mangleCache).join("|")})\\b`);
  // The others stay as the compiler has written them, as do modules of nothing but types.
  const folders = FOLDERS.map((folder) => join(relative(ROOT, dist), folder));
  const modules = filesBelow(folders, /\.js$/).filter((file) => {
    const code = readFileSync(join(ROOT, file), "utf8");
    return words.test(code) && !/^export \{\};$/m.test(code);
  });
  await build({
    absWorkingDir: dist,
    allowOverwrite: true,
    entryPoints: modules.map((file) => join(ROOT, file)),
    format: "esm",
    logLevel: "warning",
    mangleCache,
    mangleProps,
    outbase: ".",
    outdir: ".",
    sourcemap: true,
    target: "es2022",
  });
}
