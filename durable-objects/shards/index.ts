/** The package's entry `dormouse-io/shards`: one server over several Durable Objects. */
import { METHOD } from "../../glue/adapter/calls/calls.ts";
import { isShardMessage } from "../../glue/adapter/shards/messages/shard-messages.ts";
import type { ShardPlace } from "../../glue/adapter/shards/messages/shard-place.ts";
import { MAX_SHARDS, rendezvous, ShardIds } from "../../glue/adapter/shards/placement/placement.ts";
import { Shard } from "../../glue/adapter/shards/shard.ts";
import { ShardAdapter } from "../../glue/adapter/shards/shard-adapter.ts";
import { callable, checkOptions, describe } from "../../glue/common/option-checks.ts";
import type {
  ShardBinding,
  ShardLocation,
  ShardRoute,
  Shards,
} from "../shared/create-server/shards-option.ts";
import type { ObjectState } from "../shared/platform/global-types.ts";
import { parseShardName, shardName } from "./names.ts";

export type { Shards } from "../shared/create-server/shards-option.ts";

/** What decides to which object a client goes; undefined: it does not matter. */
export type ShardKey = string | number | undefined;

/** How a server is spread. */
export interface ShardsOptions {
  /**
   * How many objects, from 1 to 4096. It may be raised while clients are connected. A function is asked whenever
   * it matters, for those who change it without deploying; it must give the same in the Worker and in all objects.
   */
  count: number | (() => number);
  /**
   * What decides to which object a client goes: requests that have the same key go to the same one. A number is
   * the object's own, modulo `count`. Default, and for undefined: any, evenly.
   */
  by?: (request: Request) => ShardKey | Promise<ShardKey>;
  /** Where an object is created by its first client: one of the platform's location hints. */
  locationHint?: string | ((request: Request) => string | undefined);
  /** The name of the binding of the server's own class in its environment. Default: it is looked for. */
  binding?: string;
}

/** As much of a binding as shards need. */
interface Binding {
  idFromName(name: string): { equals(other: unknown): boolean };
  get(id: unknown): Record<string, (message: unknown) => Promise<unknown>>;
}

/**
 * Spreads a server over several objects. The same value goes to the server and to routing, so that they cannot
 * disagree; `count: 1` is a server of one object.
 *
 * @throws TypeError for an option that is unknown or ill-typed; RangeError for a count that cannot be
 * @example
 * const spread = shards({ count: 4 });
 * export const Chat = createServer({ shards: spread }, (io) => {});
 *
 * export default {
 *   fetch: (request, env) => routeSocketIO(request, env.CHAT, { shards: spread }),
 *   scheduled: (controller, env) => emitter(env.CHAT, { shards: spread }).to("news").emit("hourly"),
 * };
 */
export function shards(options: ShardsOptions): Shards {
  checkOptions(
    {
      count: {
        accepts: (value) => typeof value === "number" || typeof value === "function",
        expectation: "a number, or a function that gives one",
      },
      by: callable,
      locationHint: {
        accepts: (value) => typeof value === "string" || typeof value === "function",
        expectation: "a string, or a function of the request",
      },
      binding: { accepts: (value) => typeof value === "string", expectation: "a string" },
    },
    options,
  );
  const { count } = options;
  const read = typeof count === "function" ? () => checkCount(count()) : () => count;
  if (typeof count !== "function") checkCount(count);
  return {
    get count() {
      return read();
    },
    _route(request, name, bound) {
      // A client that has a connection already is where that is.
      const sid = new URL(request.url).searchParams.get("sid");
      const current = sid === null ? undefined : idsOf(bound, name).shardOf(sid);
      return route(request, name, current, read(), options);
    },
    _begin(server, namespace, [room = null], bound) {
      return shardName(server, idsOf(bound, server).homeAmong(read(), namespace, room));
    },
    _locate: (ctx, env) => locate(ctx, env, read, options),
  };
}

function checkCount(count: unknown): number {
  if (Number.isInteger(count) && (count as number) >= 1 && (count as number) <= MAX_SHARDS) {
    return count as number;
  }
  throw new RangeError(
    `dormouse: option "count" of shards must be a whole number from 1 to ${MAX_SHARDS}, got ${describe(count)}`,
  );
}

// --- routing -------------------------------------------------------------------------------------------

async function route(
  request: Request,
  server: string,
  current: number | undefined,
  count: number,
  { by, locationHint }: ShardsOptions,
): Promise<ShardRoute> {
  const hint = typeof locationHint === "function" ? locationHint(request) : locationHint;
  const index = current ?? pick(await by?.(request), count);
  return { name: shardName(server, index), locationHint: hint };
}

function pick(key: ShardKey, count: number): number {
  if (key === undefined) return Math.floor(Math.random() * count);
  if (typeof key === "string") return rendezvous(key, count);
  if (!Number.isInteger(key) || key < 0) {
    throw new RangeError(`dormouse: option "by" of shards gave ${describe(key)} as a number`);
  }
  return key % count;
}

/** An object's id is known to those who have the binding, and to no client. */
function idsOf(binding: ShardBinding, server: string): ShardIds {
  return new ShardIds(String(binding.idFromName(shardName(server, 0))));
}

// --- the objects ---------------------------------------------------------------------------------------

function locate(
  ctx: ObjectState,
  env: unknown,
  count: () => number,
  { binding, by }: ShardsOptions,
): ShardLocation | undefined {
  const { name } = ctx.id;
  if (name === undefined) {
    if (count() === 1) return undefined;
    throw new Error("dormouse: shards need objects that are made from a name, and know it");
  }
  const { server, index } = parseShardName(name);
  if (count() === 1 && index === 0) return undefined;
  const peers = findBinding(ctx, env, name, binding);
  const ids = idsOf(peers, server);
  return {
    adapter: ShardAdapter,
    join(runtime) {
      const place: ShardPlace = {
        index,
        ids,
        count,
        routesById: by === undefined,
        nameOf: (other) => shardName(server, other),
        connect(other) {
          const stub = peers.get(peers.idFromName(shardName(server, other)));
          return { perform: (message) => stub[METHOD]?.(message) as Promise<unknown> };
        },
      };
      const shard = new Shard(runtime, place);
      return {
        serve: (io) => shard.serve(io),
        isPeers: isShardMessage,
        passOn: (call, emitted) => shard.passOn(call, emitted),
        receive: (message) => shard.receiver.receive(message),
      };
    },
  };
}

/** The binding of an object's own class: the one by which its name gives its id. */
function findBinding(
  ctx: ObjectState,
  env: unknown,
  name: string,
  binding: string | undefined,
): Binding {
  const bindings = (env ?? {}) as Record<string, unknown>;
  const candidates = binding === undefined ? Object.values(bindings) : [bindings[binding]];
  for (const candidate of candidates) {
    if (isOwn(candidate, ctx, name)) return candidate;
  }
  throw new Error(
    binding === undefined
      ? "dormouse: shards find no binding of their own class in the environment"
      : `dormouse: ${binding} is no binding of the class whose option "shards" names it`,
  );
}

function isOwn(candidate: unknown, ctx: ObjectState, name: string): candidate is Binding {
  const { idFromName } = (candidate ?? {}) as Partial<Binding>;
  if (typeof candidate !== "object" || typeof idFromName !== "function") return false;
  try {
    return (candidate as Binding).idFromName(name).equals(ctx.id);
  } catch {
    return false;
  }
}
