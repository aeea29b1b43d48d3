/** Modules that are loaded anew: what a deploy, or an isolate that ends, does to a module's variables. */
import * as nodeModule from "node:module";
import { pathToFileURL } from "node:url";

/** In the query of a module that was loaded anew. */
const MARK = "dormouse-load";
const PACKAGE = new URL("../../", import.meta.url).href;
/** What stays: dependencies, and this library itself. */
const STAYS = [`${PACKAGE}glue/`, `${PACKAGE}durable-objects/`, `${PACKAGE}layers/`];

interface Resolved {
  url: string;
}

type Resolve = (specifier: string, context: { parentURL?: string }) => Resolved;

/** Node 22.15 and newer. */
const { registerHooks } = nodeModule as {
  registerHooks?: (hooks: {
    resolve(specifier: string, context: { parentURL?: string }, next: Resolve): Resolved;
  }) => unknown;
};

let loads = 0;
let isRegistered = false;

/**
 * Imports a module as if it had never been imported, with all modules of the project that it imports.
 * Packages in `node_modules` stay as they are; so do CommonJS modules, and, before Node 22.15, what the
 * module imports.
 */
export async function importAnew(file: URL | string): Promise<Record<string, unknown>> {
  if (!isRegistered) registerHooks?.({ resolve: resolveMarked });
  isRegistered = true;
  const url = new URL(typeof file === "string" ? pathToFileURL(file) : file);
  loads += 1;
  url.searchParams.set(MARK, String(loads));
  return import(url.href);
}

/** Whoever is imported by a marked module has its mark. */
function resolveMarked(
  specifier: string,
  context: { parentURL?: string },
  next: Resolve,
): Resolved {
  const mark = context.parentURL && markOf(context.parentURL);
  const resolved = mark ? resolveAsBundlers(specifier, context, next) : next(specifier, context);
  if (!mark || !resolved.url.startsWith("file:") || stays(resolved.url)) return resolved;
  const url = new URL(resolved.url);
  url.searchParams.set(MARK, mark);
  return { ...resolved, url: url.href };
}

/** What bundlers add to a relative name that Node does not find. */
const ENDINGS = [".ts", ".js", "/index.ts", "/index.js"];

/** Node wants whole file names; projects whose Worker is bundled are used to write `./handlers`. */
function resolveAsBundlers(
  specifier: string,
  context: { parentURL?: string },
  next: Resolve,
): Resolved {
  try {
    return next(specifier, context);
  } catch (error) {
    if (!/^\.\.?\//.test(specifier)) throw error;
    for (const ending of ENDINGS) {
      try {
        return next(specifier + ending, context);
      } catch {
        // The next one, or else Node's own words about the name as it stands.
      }
    }
    throw error;
  }
}

function markOf(url: string): string | null {
  return url.includes(MARK) ? new URL(url).searchParams.get(MARK) : null;
}

function stays(url: string): boolean {
  return url.includes("/node_modules/") || STAYS.some((folder) => url.startsWith(folder));
}
