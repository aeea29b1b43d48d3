/** What `dormouse-io/shards` gives servers and routing: an interface, so that others do not bundle its code. */

import type { Answer, Call } from "../../../glue/adapter/calls/calls.ts";
import type { EmitterCall } from "../../../glue/adapter/rooms/adapter.ts";
import type { Room } from "../../../glue/adapter/rooms/identifiers.ts";
import type { ShardServer } from "../../../glue/adapter/shards/messages/shard-place.ts";
import type { OptionCheck } from "../../../glue/common/option-checks.ts";
import { isPlainObject } from "../../../glue/common/values.ts";
import type { Runtime } from "../../../glue/engine/runtime/runtime.ts";
import type { AdapterConstructor, ServerOptions } from "../../../glue/socket.io/server/options.ts";
import type { Any } from "../../../glue/socket.io/types/typed-events.ts";
import type { ObjectState } from "../platform/global-types.ts";

/** How a server is spread over several objects. Made by `shards` of `dormouse-io/shards`. */
export interface Shards {
  /** How many objects there are now. */
  readonly count: number;
  /** @internal The object that a request goes to. */
  _route(request: Request, name: string, binding: ShardBinding): ShardRoute | Promise<ShardRoute>;
  /** @internal The object where an emitter of this server begins that calls these rooms first. */
  _begin(server: string, namespace: string, rooms: readonly Room[], binding: ShardBinding): string;
  /** @internal What of the server an object is; undefined if it is the whole. */
  _locate(ctx: ObjectState, env: Any): ShardLocation | undefined;
}

/** As much of the binding of a server's class as tells its ids. */
export interface ShardBinding {
  idFromName(name: string): unknown;
}

/** The object that a request goes to. */
export interface ShardRoute {
  name: string;
  locationHint: string | undefined;
}

/** An object that is one of several. */
export interface ShardLocation {
  /** The adapter that its server needs. */
  readonly adapter: AdapterConstructor;
  /** To be called before the server is made. */
  join(runtime: Runtime): JoinedShard;
}

/** The shard of an object's server. */
export interface JoinedShard {
  /** To be called when the server has been made. */
  serve(server: ShardServer): void;
  /** Whether an RPC message comes from another shard. */
  isPeers(message: unknown): boolean;
  /** Makes an emitter's call at the other shards, for a namespace that this one does not have. */
  readonly passOn: (call: Call, emitted?: EmitterCall) => unknown;
  /** Performs another shard's message. Throws a TypeError for any other. */
  receive(message: unknown): Promise<Answer[]>;
}

/** The options of a server that is an object. */
export interface ObjectServerOptions<Env = Any> extends ServerOptions<Env> {
  /** Spreads the server over several objects: what `shards` of `dormouse-io/shards` gives. Default: one. */
  shards?: Shards;
}

/** The check of the option, for servers and routing. */
export const shardsCheck: OptionCheck = {
  accepts: (value) => isPlainObject(value) && typeof value._route === "function",
  expectation: 'what shards() of "dormouse-io/shards" gives',
};

/** Throws a TypeError where two options exclude each other. */
export function checkShards({ shards, adapter }: ObjectServerOptions): Shards | undefined {
  if (shards === undefined || adapter === undefined) return shards;
  throw new TypeError('dormouse: the options "shards" and "adapter" exclude each other');
}
