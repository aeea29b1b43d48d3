/**
 * egg's folders: `io/controller` and `io/middleware`, from a map of modules by their paths. A bundler's
 * glob makes such a map, `readModules` of `dormouse-io/router/node` reads one from the disk, and one may
 * write it by hand.
 */

import type { Middleware } from "../handling/handlers.ts";
import type { Any } from "../types.ts";
import { actionsOf, Controller, isClass } from "./controllers.ts";

/** What is in the folders, by the names of files and folders. */
export interface LoadedModules {
  /** Controllers, by the names of their files. */
  // Files, folders and exports nest as they like.
  controller: Any;
  /** Middlewares, by the names of their files. */
  middleware: Record<string, Middleware<Any>>;
}

/**
 * Takes each module of the map for a controller or a middleware by the folder in its path. Names are
 * camel case, as in egg: `controller/user_info.js` is `controller.userInfo`.
 *
 * A module's default export (what a CommonJS module exports) counts, else its named exports. A plain
 * function is called with `app`, and what it returns is taken, as in egg (`(app) => class …`); so a
 * handler or a middleware that stands for itself must be an `async` function. Classes become their
 * methods.
 *
 * @throws TypeError for a middleware that is no function, and for two modules of the same name.
 *
 * @example
 * const modules = import.meta.glob("./io/**\/*.ts", { eager: true });
 * const { controller, middleware } = loadModules(modules, { env });
 */
export function loadModules(modules: Record<string, unknown>, app: object = {}): LoadedModules {
  const given = { Controller, ...app };
  const loaded: LoadedModules = { controller: {}, middleware: {} };
  for (const [path, module] of Object.entries(modules)) {
    const found = /(?:^|\/)(controller|middleware)\/(.+?)(?:\.[cm]?[jt]s)?$/.exec(path);
    if (found === null || path.endsWith(".d.ts")) continue;
    const names = (found[2] as string).split("/").map(camelCase);
    if (found[1] === "controller") {
      put(loaded.controller, names, asController(exportOf(module), given), path);
    } else {
      put(loaded.middleware, [names.join(".")], asMiddleware(exportOf(module), given, path), path);
    }
  }
  return loaded;
}

function asController(exported: unknown, app: object): unknown {
  const made = isFactory(exported) ? exported(app) : exported;
  if (isClass(made)) return actionsOf(made);
  if (typeof made !== "object" || made === null) return made;
  return Object.fromEntries(
    Object.entries(made).map(([name, value]) => [name, isClass(value) ? actionsOf(value) : value]),
  );
}

function asMiddleware(exported: unknown, app: object, path: string): Middleware<Any> {
  const made = isFactory(exported) ? exported(app) : exported;
  if (typeof made === "function") return made as Middleware<Any>;
  throw new TypeError(`dormouse: ${path} must export a middleware, or a function that returns one`);
}

/** The default export, as ES modules have it, or CommonJS's in the wrapping of whoever imported it. */
function exportOf(module: unknown): unknown {
  if (typeof module !== "object" || module === null) return module;
  const { default: exported } = module as { default?: unknown };
  if (exported === undefined) return module;
  const isWrapped = typeof exported === "object" && exported !== null && "default" in exported;
  return isWrapped ? (exported as { default: unknown }).default : exported;
}

function isFactory(exported: unknown): exported is (app: object) => unknown {
  if (typeof exported !== "function" || isClass(exported)) return false;
  return Object.prototype.toString.call(exported) === "[object Function]";
}

function put(target: Record<string, unknown>, names: string[], value: unknown, path: string): void {
  let place = target;
  for (const name of names.slice(0, -1)) {
    if (!Object.hasOwn(place, name)) define(place, name, {});
    place = place[name] as Record<string, unknown>;
  }
  const last = names[names.length - 1] as string;
  if (Object.hasOwn(place, last)) {
    const name = names.join(".");
    throw new TypeError(
      `dormouse: ${path} is there twice: another module is called "${name}", too`,
    );
  }
  define(place, last, value);
}

/** A file called `__proto__` is a name like others. */
function define(place: Record<string, unknown>, name: string, value: unknown): void {
  const descriptor = { value, enumerable: true, writable: true, configurable: true };
  Object.defineProperty(place, name, descriptor);
}

function camelCase(name: string): string {
  return name.replace(/(?<=[^_-])[_-]+([a-z0-9])/gi, (_, letter: string) => letter.toUpperCase());
}
