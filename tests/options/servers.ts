/**
 * The servers of these tests: each has one option, or a few that belong together. The hosts offer
 * every one of them, so this is bundled into Workers, too.
 */

import * as msgpack from "socket.io-msgpack-parser";
import { Adapter, type BroadcastOptions } from "../../glue/adapter/rooms/adapter.ts";
import type { EngineRequest } from "../../glue/engine/handshake/request.ts";
import { polling } from "../../glue/engine/polling/index.ts";
import type { EngineResponse } from "../../glue/engine/runtime/engine.ts";
import type { ServerOptions } from "../../glue/socket.io/server/options.ts";
import type { Server } from "../../glue/socket.io/server/server.ts";
import type { Socket } from "../../glue/socket.io/server/socket.ts";
import { CORS_SETTINGS } from "../support/cors-settings.ts";

export type HostName = "Durable Objects" | "PartyServer" | "PartyKit" | "Node";

/** Names are single words in lower case: they are parts of paths, and of names of classes. */
export const SERVER_NAMES = [
  "usual",
  "placed",
  "slashless",
  "rooted",
  "impatient",
  "beating",
  "polled",
  "upgrading",
  "staying",
  "marking",
  "small",
  "flooding",
  "choking",
  "corsing",
  "corsbare",
  "corsoff",
  "corsplain",
  "corsgiving",
  "asking",
  "strict",
  "calling",
  "twofold",
  "silent",
  "naming",
  "editing",
  "recovering",
  "forgetting",
  "readmitting",
  "dozing",
  "always",
  "wakeful",
  "eager",
  "keeping",
  "acking",
  "older",
  "packing",
  "tidy",
  "counting",
  "destroying",
  "sparing",
  "squeezing",
  "deflating",
  "serving",
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
  // Long enough between heartbeats for a room to fall asleep, where it does.
  const pingInterval = host === "Node" ? 1_000 : 16_000;
  return {
    usual: {},
    placed: { path: "/realtime/" },
    slashless: { path: "/realtime", addTrailingSlash: false },
    rooted: { path: "/" },
    impatient: { connectTimeout: 2_000 },
    beating: { pingInterval: 500, pingTimeout: 6_000 },
    polled: { transports: [polling, "websocket"] },
    upgrading: { transports: [polling, "websocket"], upgradeTimeout: 1_000 },
    staying: { transports: [polling, "websocket"], allowUpgrades: false },
    marking: {
      transports: [polling, "websocket"],
      cookie: { name: "mark", domain: "a.example", maxAge: 60, secure: true, partitioned: true },
      editResponseHeaders: (headers) => {
        headers.set("cache-control", "private");
        headers.append("set-cookie", "other=1");
      },
    },
    small: { maxHttpBufferSize: 100 },
    // Who reads nothing answers no heartbeat: it is not to be closed for that.
    flooding: { maxBufferedAmount: 1_000_000, pingTimeout: 300_000 },
    choking: { maxBufferedAmount: 1_000_000, pingInterval: 1_000, pingTimeout: 4_000 },
    corsing: { cors: (request, answer) => chooseCors(request, answer) },
    corsbare: { cors: true },
    corsoff: { cors: false },
    corsplain: { cors: { origin: "https://a.example", credentials: true } },
    corsgiving: { cors: giveCors },
    asking: { allowRequest: askingOn(host) },
    strict: { allowRequest: demandKey },
    calling: { allowRequest: callBack },
    twofold: { allowRequest: readSecond },
    silent: silentOn(host),
    naming: { generateId: chooseId },
    editing: editingOn(host),
    recovering: { connectionStateRecovery: {} },
    forgetting: { connectionStateRecovery: { maxDisconnectionDuration: 2_000 } },
    readmitting: {
      connectionStateRecovery: { skipMiddlewares: false, durability: "strict", flushInterval: 10 },
    },
    dozing: { pingInterval, replay: "lazy" },
    always: { pingInterval, hibernate: "always" },
    wakeful: { pingInterval, hibernate: false },
    eager: { pingInterval, replay: "eager" },
    keeping: { pingInterval, data: { durability: "strict" } },
    acking: { ackKeepAlive: 300 },
    older: { allowEIO3: true },
    packing: { parser: msgpack },
    tidy: { cleanupEmptyChildNamespaces: true },
    counting: { adapter: CountingAdapter },
    destroying: onNode(host, { destroyUpgradeTimeout: 100 }),
    sparing: onNode(host, { destroyUpgrade: false, destroyUpgradeTimeout: 100 }),
    squeezing: { transports: [polling, "websocket"], httpCompression: { threshold: 100 } },
    deflating: { perMessageDeflate: { threshold: 100 } },
    serving: { serveClient: true },
  };
}

/** Options that other hosts do not know. */
function onNode(host: HostName, options: object): ServerOptions {
  return host === "Node" ? options : {};
}

/** Counts broadcasts. */
class CountingAdapter extends Adapter {
  count = 0;

  override broadcast(packet: { data: unknown[] }, options: BroadcastOptions): void {
    this.count += 1;
    super.broadcast(packet, options);
  }
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
  io.engine.use((request, _response, next) => {
    if ((request as EngineRequest)._query.silent !== "a middleware") next();
  });
  for (const cookie of ["first=1", "second=2; Expires=Thu, 26 Nov 2037 00:00:00 GMT", "third=3"]) {
    io.engine.use((request, response, next) => {
      if ((request as EngineRequest)._query.cookies)
        appendAsExpress(response, "Set-Cookie", cookie);
      next();
    });
  }
  recover(io);
  sleep(io);
  extend(io);
  let floods = 0;
  // These call nobody back.
  io.of("/unanswered").use(() => {});
  io.of((name, _auth, next) => {
    if (name !== "/undecided") next(null, false);
  });
  io.on("connection", (socket) => {
    socket.on("echo", (...args) => args.pop()(...args));
    socket.on("starts", (answer) => answer(starts.get(room)));
    socket.on("told", (answer) => answer(told.get(room) ?? []));
    socket.on("flood", async (kind) => {
      await flood(socket, kind);
      floods += 1;
    });
    socket.on("floods", (answer) => answer(floods));
    socket.on("ids", (answer) => answer(socket.conn.id, socket.id));
    socket.on("disconnect", (reason) => tell("disconnect", reason));
  });
}

/** What a client needs to see what a sleep was like. */
function sleep(io: Server): void {
  const players = new Set<string>();
  io.on("connection", (socket) => {
    players.add(socket.id);
    socket.on("players", (answer) => answer(players.size));
    socket.on("listen later", (answer) => {
      socket.on("later", (heard) => heard("heard"));
      answer();
    });
    socket.on("keep", (value, answer) => {
      io.data.value = value;
      answer();
    });
    socket.on("kept", (answer) => answer(io.data.value));
    socket.on("question", () => socket.emit("question", (text: string) => io.emit("answer", text)));
    socket.on("question in time", (milliseconds) => {
      socket.timeout(milliseconds).emit("question", (error: Error | null, text: string) => {
        io.emit("answer", error?.message ?? text);
      });
    });
  });
}

/** What a client needs to see what an adapter, a parser or namespaces are like. */
function extend(io: Server): void {
  io.of(/^\/game-\d+$/).on("connection", (socket) => socket.emit("auth", socket.handshake.auth));
  io.on("connection", (socket) => {
    socket.on("namespaces", (answer) => answer([...io._nsps.keys()]));
    socket.on("shout", (text) => io.emit("shouted", text));
    socket.on("whisper", (text) => socket.compress(false).emit("shouted", text));
    socket.on("broadcasts", (answer) => answer((io.of("/").adapter as CountingAdapter).count));
  });
}

/** What a client needs to see whether it has recovered. */
function recover(io: Server): void {
  const sessions = io.of("/sessions");
  sessions.use((socket, next) => {
    socket.data.admissions = (socket.data.admissions ?? 0) + 1;
    next();
  });
  sessions.on("connection", (socket) => {
    if (!socket.recovered) socket.join("lobby");
    socket.on("say", (text) => sessions.to("lobby").emit("said", text));
    socket.on("who", (answer) => answer(socket.rooms.size, socket.data.admissions));
    socket.on("present", (answer) => answer(sessions.sockets.size));
  });
}

/** So many volatile events of 256 KiB each: half of them are more than all buffers on the way hold. */
export const FLOOD = 500;

/** Sends as long as the client is there, or until there is no sense in it. */
async function flood(socket: Socket, kind: "volatile" | "reliable"): Promise<void> {
  const text = "x".repeat(kind === "volatile" ? 2 ** 18 : 2 ** 16);
  const limit = kind === "volatile" ? FLOOD : 10 * FLOOD;
  for (let sent = 0; sent < limit && socket.connected; sent++) {
    const target = kind === "volatile" ? socket.volatile : socket;
    target.emit("water", text);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  socket.emit("dry");
}

/** What `response.append` of Express does. */
function appendAsExpress(response: EngineResponse, name: string, value: string): void {
  const before = response.getHeader(name) as string | string[] | undefined;
  response.setHeader(name, before === undefined ? value : [before, value].flat());
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

/** Answers without calling back. */
function giveCors({ _query: { form } }: EngineRequest): unknown {
  const origin = [/^https:\/\/a\.example$/];
  if (form === "nested") return { origin: async () => origin };
  return form === "promised" ? Promise.resolve({ origin }) : { origin };
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

/** Upstream's form. */
function callBack(
  { _query: { refuse, later } }: EngineRequest,
  answer: (message: string | null, isAllowed: boolean) => void,
): void {
  if (later) setTimeout(() => answer(refuse ?? null, refuse === undefined), 10);
  else answer(refuse === "" ? null : (refuse ?? null), refuse === undefined);
}

/** The other form with as many parameters. */
async function readSecond(
  { _query: { refuse, no } }: EngineRequest,
  second: { MARK?: string; parties?: { main?: unknown } },
): Promise<boolean | undefined> {
  const isThere = second.MARK === "the environment" || second.parties?.main !== undefined;
  if (!isThere) throw new Error("the environment is missing");
  if (refuse) throw new Error(refuse);
  return no ? false : undefined;
}

/** Nobody answers whom the query names. */
function silentOn(host: HostName): ServerOptions {
  const never = new Promise<never>(() => {});
  const silent = (request: EngineRequest, who: string) => request._query.silent === who;
  const queryOf = (request: { url: string }) => new URL(request.url, "http://a").searchParams;
  return {
    connectTimeout: 1_000,
    cors: (request, answer) => void (silent(request, "cors") || answer(null, {})),
    allowRequest: (request, answer) => {
      if (!silent(request, "allowRequest")) answer(null, true);
    },
    generateId: (request) => (silent(request, "generateId") ? never : crypto.randomUUID()),
    editHandshakeHeaders: (_headers, request) => {
      if (queryOf(request).get("silent") === "editHandshakeHeaders") return never;
    },
    editResponseHeaders: async (_headers, request) => {
      if (queryOf(request).get("silent") === `editResponseHeaders on ${host}`) await never;
    },
  };
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
      if (new URL(request.url, "http://a").searchParams.get("last")) {
        headers.set("sec-websocket-protocol", "superchat");
      }
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
