/** A server, and who emits to it from outside: the Worker by request, cron and queue, and another object. */
import { DurableObject } from "cloudflare:workers";
import { createServer, routeSocketIO, type Server } from "dormouse-io";
import { emitter } from "dormouse-io/emitter";
import { createServer as createParty } from "dormouse-io/partyserver";
import type { Script, Step } from "./script.ts";

interface Env {
  readonly CHAT: DurableObjectNamespace<Chat>;
  readonly PARTY: DurableObjectNamespace;
  readonly RECOVERING: DurableObjectNamespace;
  readonly OTHER: DurableObjectNamespace<Other>;
  readonly NEWS: Queue<Script>;
}

function chat(io: Server): void {
  const heard: unknown[] = [];
  const sent: unknown[] = [];
  const listen = (nsp: Pick<Server, "on">): void => {
    nsp.on("connection", (socket) => {
      socket.data.visits = new Map([["today", 1]]);
      if (socket.handshake.query.watches) {
        socket.onAnyOutgoing((_event, ...args) => sent.push(args.map(kindOf)));
      }
      socket.on("join", (room, done) => {
        socket.join(room);
        done();
      });
    });
    nsp.on("reload", (...args: unknown[]) => heard.push(args));
    nsp.on("heard?", (answer: (heard: unknown) => void) => answer(heard));
    nsp.on("kinds?", (...args: unknown[]) => {
      const answer = args.pop() as (kinds: unknown) => void;
      answer(args.map(kindOf));
    });
    nsp.on("sent?", (answer: (sent: unknown) => void) => answer(sent));
    nsp.on("silent", () => {});
    nsp.on("broken", () => {
      throw new Error("on purpose");
    });
  };
  listen(io);
  listen(io.of("/admin") as never);
  listen(io.of(/^\/team-\d$/) as never);
}

function kindOf(value: unknown): string {
  return (value as object).constructor.name;
}

export class Chat extends createServer(chat) {
  /** How many messages arrived since the class was loaded. */
  static messages = 0;
  static failing: Pick<Script, "failure" | "isPerformed"> = {};

  failNext(failing: Pick<Script, "failure" | "isPerformed">): void {
    Chat.failing = failing;
  }
}

// Counts messages, and lets one fail when it is told to.
const { dormousePerform } = Object.getPrototypeOf(Chat.prototype) as {
  dormousePerform(message: unknown): Promise<unknown>;
};
Object.defineProperty(Chat.prototype, "dormousePerform", {
  async value(this: Chat & { ctx: DurableObjectState }, message: unknown) {
    Chat.messages += 1;
    const { failure, isPerformed } = Chat.failing;
    Chat.failing = {};
    if (isPerformed) await dormousePerform.call(this, message);
    if (failure === "reset") this.ctx.abort("reset by the test");
    if (failure !== undefined) throw Object.assign(new Error("as asked"), failure);
    return dormousePerform.call(this, message);
  },
});

export class Party extends createParty(chat as never) {}

export class Recovering extends createServer({ connectionStateRecovery: {} }, chat) {}

/** An object that emits. */
export class Other extends DurableObject<Env> {
  run(script: Script): Promise<unknown> {
    return run(script, this.env);
  }
}

let kept: ReturnType<typeof emitter> | undefined;

async function run(script: Script, env: Env): Promise<unknown> {
  const { name, binding = "CHAT", chains, until } = script;
  if (!script.kept) kept = undefined;
  const io = kept ?? emitter(env[binding], { name });
  kept = io;
  const begun = chains.map((chain) => begin(io, chain));
  if (until === "nothing") return [];
  if (until === "flushed") return [await settled(io.flush())];
  return Promise.all(begun.map(settled));
}

function begin(io: object, chain: Step[]): unknown {
  let target: unknown = io;
  try {
    for (const [method, ...args] of chain) {
      const member: unknown = (target as Record<string, unknown>)[method];
      const given = args.map(revive);
      target = typeof member === "function" ? member.apply(target, given) : member;
    }
  } catch (error) {
    return Promise.reject(Object.assign(error as Error, { isThrown: true }));
  }
  return target;
}

/** What can be told by JSON. */
async function settled(promise: unknown): Promise<unknown> {
  try {
    return { value: shown(await promise) };
  } catch (error) {
    const { message, responses, isThrown } = error as Error & Record<string, unknown>;
    return { error: message, responses, isThrown };
  }
}

function shown(value: unknown): unknown {
  if (value instanceof Set) return [...value];
  if (value instanceof Map) return Object.fromEntries(value);
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shown(item)]));
}

/** `{ bytes: [1, 2] }` stands for bytes, `{ large: n }` for a long text, `{ fn: 1 }` for a function. */
function revive(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const { bytes, large, fn } = value as { bytes?: number[]; large?: number; fn?: number };
  if (fn !== undefined) return () => {};
  if (large !== undefined) return "x".repeat(large);
  return bytes === undefined ? value : new Uint8Array(bytes);
}

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const name = searchParams.get("name") ?? "default";
    const binding = env[(searchParams.get("binding") ?? "CHAT") as "CHAT" | "PARTY" | "RECOVERING"];
    const routed = await routeSocketIO(request, binding, { name });
    if (routed !== null) return routed;
    if (pathname === "/messages") return Response.json(Chat.messages);
    if (pathname === "/no-binding") {
      return Response.json(await settled((async () => emitter(undefined as never))()));
    }
    const script = (await request.json()) as Script;
    if (script.failure) await env.CHAT.getByName(script.name).failNext(script);
    if (pathname === "/queue") {
      await env.NEWS.send(script);
      return Response.json(null);
    }
    const result =
      pathname === "/object"
        ? await env.OTHER.getByName("other").run(script)
        : await run(script, env);
    return Response.json(result);
  },
  async scheduled({ cron }, env) {
    const io = emitter(env.CHAT, { name: cron });
    io.to("lobby").emit("tick", new Date(0));
    io.emit("tock");
  },
  async queue({ messages }, env) {
    for (const { body } of messages) {
      const [result] = (await run(body, env)) as { error?: string }[];
      if (result?.error !== undefined) throw new Error(result.error);
    }
  },
} satisfies ExportedHandler<Env, Script>;
