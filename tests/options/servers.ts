/**
 * The servers of these tests: each has one option, or a few that belong together. The hosts offer
 * every one of them, so this is bundled into Workers, too.
 */

import type { EngineRequest } from "../../glue/engine/request.ts";
import type { ServerOptions } from "../../glue/socket.io/options.ts";
import type { Server } from "../../glue/socket.io/server.ts";
import { CORS_SETTINGS } from "../support/cors-settings.ts";

export type HostName = "Durable Objects" | "PartyServer" | "PartyKit" | "Node";

/** Names are single words in lower case: they are parts of paths, and of names of classes. */
export const SERVER_NAMES = [
  "usual",
  "placed",
  "impatient",
  "beating",
  "sleepy",
  "upgrading",
  "small",
  "corsing",
  "corsbare",
  "corsoff",
  "corsplain",
  "asking",
  "strict",
  "calling",
  "naming",
  "editing",
] as const;

export type ServerName = (typeof SERVER_NAMES)[number];

/** The name of a server's class, and of its binding. */
export function classOf(server: string): string {
  return server.charAt(0).toUpperCase() + server.slice(1);
}

/** How often a room's `setup` has run; a module's globals survive sleep where the tests run. */
const starts = new Map<string, number>();
/** What a room's listeners were told, oldest first. */
const told = new Map<string, unknown[]>();

/** The options of each server on a host. */
export function serversOn(host: HostName): Record<ServerName, ServerOptions> {
  return {
    usual: {},
    placed: { path: "/realtime/" },
    impatient: { connectTimeout: 1_000 },
    beating: { pingInterval: 500, pingTimeout: 600 },
    sleepy: { pingInterval: 13_000 },
    upgrading: { upgradeTimeout: 50 },
    small: { maxHttpBufferSize: 100 },
    corsing: { cors: (request, answer) => chooseCors(request, answer) },
    corsbare: { cors: true },
    corsoff: { cors: false },
    corsplain: { cors: { origin: "https://a.example", credentials: true } },
    asking: { allowRequest: askingOn(host) },
    strict: { allowRequest: demandKey },
    calling: { allowRequest: (request: EngineRequest, second) => callBack(host, request, second) },
    naming: { generateId: chooseId },
    editing: editingOn(host),
  };
}

/** The `setup` of every server. */
export function setup(io: Server, room: string): void {
  starts.set(room, (starts.get(room) ?? 0) + 1);
  const tell = (...what: unknown[]): void => void told.set(room, [...(told.get(room) ?? []), what]);
  io.engine.on("connection_error", ({ code, context }) => tell("refused", code, context));
  io.engine.on("initial_headers", (headers) => {
    headers["x-order"] = "initial_headers";
  });
  io.engine.on("headers", (headers) => {
    headers["x-order"] += ", headers";
  });
  io.on("connection", (socket) => {
    socket.on("echo", (...args) => args.pop()(...args));
    socket.on("starts", (answer) => answer(starts.get(room)));
    socket.on("told", (answer) => answer(told.get(room) ?? []));
    socket.on("ids", (answer) => answer(socket.conn.id, socket.id));
    socket.on("disconnect", (reason) => tell("disconnect", reason));
  });
}

/** Whether functions got what the host has to give behind the request. */
function isWhole(host: HostName, [second, third]: unknown[]): boolean {
  switch (host) {
    case "Node":
      return second === undefined && third === undefined;
    case "PartyKit": {
      const { parties, env } = (second ?? {}) as { parties?: { main?: unknown }; env?: unknown };
      const { waitUntil } = (third ?? {}) as { waitUntil?: unknown };
      return parties?.main !== undefined && env !== undefined && typeof waitUntil === "function";
    }
    default: {
      const { MARK } = (second ?? {}) as { MARK?: unknown };
      const { storage } = (third ?? {}) as { storage?: unknown };
      return MARK === "the environment" && storage !== undefined;
    }
  }
}

function chooseCors(
  { _query: query }: EngineRequest,
  answer: (error: Error | null, options?: object) => void,
): void {
  const setting = CORS_SETTINGS[Number(query.cors)]?.[1];
  if (typeof setting === "function") setting({} as EngineRequest, answer);
  else answer(null, typeof setting === "object" ? setting : {});
}

function askingOn(host: HostName) {
  return async (request: EngineRequest, ...context: unknown[]): Promise<boolean | undefined> => {
    const { refuse, reject, no, yes, context: asked } = request._query;
    if (refuse) throw new Error(refuse);
    if (reject) await Promise.reject(new Error(reject));
    if (asked && !isWhole(host, context)) throw new Error("something is missing");
    return no ? false : yes ? true : undefined;
  };
}

/** On Workers the headers have both upstream's fields and the methods of `Headers`. */
function demandKey(request: EngineRequest): void {
  const headers = request.headers as EngineRequest["headers"] & Partial<Headers>;
  const key = typeof headers.get === "function" ? headers.get("X-Key") : headers["x-key"];
  if (key !== "1" || headers["x-key"] !== key) throw new Error("no key");
}

/** Upstream's form; PartyKit gives the lobby to functions with two parameters. */
function callBack(host: HostName, request: EngineRequest, second: unknown): unknown {
  const { refuse, later } = request._query;
  if (host === "PartyKit") return (second as { parties?: unknown }).parties !== undefined;
  const answer = second as (message: string | null, isAllowed: boolean) => void;
  if (later) return void setTimeout(() => answer(refuse ?? null, refuse === undefined), 10);
  answer(refuse === "" ? null : (refuse ?? null), refuse === undefined);
  return undefined;
}

function chooseId({ _query: { id, later } }: EngineRequest): string | Promise<string> {
  const chosen = id ?? crypto.randomUUID();
  return later === undefined ? chosen : Promise.resolve(chosen);
}

function editingOn(host: HostName): ServerOptions {
  return {
    cors: { origin: "https://a.example" },
    allowRequest: ({ _query }: EngineRequest) => _query.refuse === undefined,
    editHandshakeHeaders: async (headers, request, ...context) => {
      await Promise.resolve();
      headers.append("set-cookie", "a=1");
      headers.append("set-cookie", "b=2");
      headers.set("x-handshake", describe(host, request, context));
      headers.set("x-seen", headers.get("x-order") ?? "nothing");
    },
    editResponseHeaders: (headers, request, ...context) => {
      headers.set("x-response", describe(host, request, context));
    },
  };
}

function describe(host: HostName, request: { method?: string; url?: string }, context: unknown[]) {
  const isNative =
    host === "Node"
      ? "httpVersion" in request
      : typeof Request === "function" && request instanceof Request;
  const kind = isNative ? "the platform's" : "another";
  return `${kind} ${request.method}, ${isWhole(host, context) ? "whole" : "part"}`;
}
