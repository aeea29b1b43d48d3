/**
 * What the objects under test note down, in a global of the module: it survives the sleep of an object
 * (locally), so tests read from it what happened before. A notebook beside the server, no part of it.
 */

import type { Page } from "./page.ts";

const pages = new Map<string, Page>();

/** The notes of the object of this name. */
export function pageOf(name: string): Page {
  const page = pages.get(name) ?? {
    constructed: 0,
    events: [],
    writes: [],
    attachments: [],
    notes: [],
  };
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
  watch(page.writes, storage, "", ["put", "delete", "deleteAll", "setAlarm", "deleteAlarm"]);
  watch(page.writes, storage.kv, "kv.", ["put", "delete"]);
  watch(page.writes, storage.sql, "sql.", ["exec"]);
  for (const target of [storage, storage.kv]) breakable(page, target);
  const accept = ctx.acceptWebSocket;
  ctx.acceptWebSocket = (webSocket, tags) => {
    watch(page.attachments, webSocket, "", ["serializeAttachment"]);
    accept.call(ctx, webSocket, tags);
  };
  return ctx;
}

/** Lets the methods for keys throw, once they shall. */
function breakable(page: Page, target: object): void {
  for (const name of ["get", "put", "delete"]) {
    const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
    const value = (...args: unknown[]): unknown => {
      if (page.isBroken) throw new Error("the storage is on fire");
      return method.apply(target, args);
    };
    Object.defineProperty(target, name, { value, configurable: true, writable: true });
  }
}

/** Notes the calls of an object's handlers. */
export function watchHandlers(object: object, ctx: DurableObjectState): void {
  const handlers = ["fetch", "webSocketMessage", "webSocketClose", "webSocketError", "alarm"];
  watch(bookOf(ctx).events, object, "", handlers);
}

function watch(list: string[], target: object, prefix: string, methods: string[]): void {
  for (const name of methods) {
    const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
    const value = (...args: unknown[]): unknown => {
      list.push(prefix + name);
      return method.apply(target, args);
    };
    Object.defineProperty(target, name, { value, configurable: true, writable: true });
  }
}
