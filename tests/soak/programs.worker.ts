/** The server of random programs, as one object and spread over three, and emitters that have its binding. */
import { createServer, routeSocketIO, type Server } from "dormouse-io";
import { emitter, routeEmitter } from "dormouse-io/emitter";
import { shards } from "dormouse-io/shards";
import { decodeJson } from "../../layers/emitter/wire/json.ts";
import { followAll, type Io, serveObject } from "./programs.application.ts";
import type { Outside } from "./programs.ts";

interface Env {
  readonly SINGLE: DurableObjectNamespace<Single>;
  readonly SPREAD: DurableObjectNamespace<Spread>;
  readonly RECOVERING: DurableObjectNamespace<Recovering>;
}

const spread = shards({
  count: 3,
  by: (request) => Number(new URL(request.url).searchParams.get("shard")),
});

const setup = (io: Server): void => serveObject(io as unknown as Io, false);
const recovering = (io: Server): void => serveObject(io as unknown as Io, true);

export class Single extends createServer(setup) {
  abort(): void {
    this.ctx.abort("on purpose");
  }
}

export class Spread extends createServer({ shards: spread }, setup) {
  abort(): void {
    this.ctx.abort("on purpose");
  }
}

export class Recovering extends createServer(
  { shards: spread, connectionStateRecovery: { durability: "strict" } },
  recovering,
) {
  abort(): void {
    this.ctx.abort("on purpose");
  }
}

/** What an emitter is asked to do, and whether an object is to end meanwhile. */
export interface OutsideRequest {
  outside: Outside;
  crash?: { name: string; after: number };
}

type Binding = DurableObjectNamespace<Single | Spread | Recovering>;

async function emitFromOutside(
  request: Request,
  env: Env,
  key: keyof Env,
  name: string,
): Promise<unknown[]> {
  const { outside, crash } = decodeJson(await request.json()) as OutsideRequest;
  const { by, namespace, isTogether, chains } = outside;
  const binding = env[key] as Binding;
  const knowsShards = by === "home" && key !== "SINGLE";
  const root = emitter(binding, { name, ...(knowsShards && { shards: spread }) });
  const starts = { root, servers: root, io: root.of(namespace) };
  let end: Promise<void> | undefined;
  const results = await followAll(starts, chains, isTogether, (chain) => {
    if (chain === crash?.after) end = abort(binding, crash.name);
  });
  await end;
  return results;
}

async function abort(binding: Binding, name: string): Promise<void> {
  await Promise.resolve(binding.getByName(name).abort()).catch(() => {});
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const name = searchParams.get("server") ?? "";
    const key = searchParams.get("binding") as keyof Env;
    const binding = env[key] as Binding;
    if (pathname === "/abort") {
      await abort(binding, name);
      return new Response(null, { status: 204 });
    }
    if (pathname === "/outside") {
      return Response.json(await emitFromOutside(request, env, key, name));
    }
    const options = { name, ...(key !== "SINGLE" && { shards: spread }) };
    const response =
      (await routeEmitter(request, binding, { secret: "a secret of sixteen" })) ??
      (await routeSocketIO(request, binding, options));
    return response ?? new Response(null, { status: 404 });
  },
};
