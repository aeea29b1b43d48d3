/**
 * What the objects under test note down, in a global of the module: it survives the sleep of an object
 * (locally), so tests read from it what happened before. A notebook beside the server, no part of it.
 */

/** The notes of one object. */
export interface Page {
  /** How often the object was made: once, and once for every wake. */
  constructed: number;
  /** Names of the storage's methods that wrote, in the order of their calls. */
  writes: string[];
  notes: unknown[][];
}

const pages = new Map<string, Page>();

/** The notes of the object of this name. */
export function pageOf(name: string): Page {
  const page = pages.get(name) ?? { constructed: 0, writes: [], notes: [] };
  pages.set(name, page);
  return page;
}

/** The notes of the object of this state. */
export function bookOf(ctx: DurableObjectState): Page {
  return pageOf(ctx.id.name ?? "");
}

/** Counts the object and what it writes from now on. Returns `ctx`. */
export function watched(ctx: DurableObjectState): DurableObjectState {
  const page = bookOf(ctx);
  page.constructed += 1;
  const { storage } = ctx;
  watch(page, storage, "", ["put", "delete", "deleteAll", "setAlarm", "deleteAlarm"]);
  watch(page, storage.kv, "kv.", ["put", "delete"]);
  watch(page, storage.sql, "sql.", ["exec"]);
  return ctx;
}

function watch(page: Page, target: object, prefix: string, methods: string[]): void {
  for (const name of methods) {
    const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
    const value = (...args: unknown[]): unknown => {
      page.writes.push(prefix + name);
      return method.apply(target, args);
    };
    Object.defineProperty(target, name, { value, configurable: true, writable: true });
  }
}
