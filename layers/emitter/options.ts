/** The options of `emitter`. */
import {
  callable,
  checkOptionsOf,
  having,
  type OptionCheck,
  text,
} from "../../glue/common/option-checks.ts";

/** Whatever the way. */
export interface EmitterOptions {
  /** The name of the object that the server is, as for `routeSocketIO`. Default: `"default"`. */
  name?: string;
  /**
   * Hears of failures of what nobody awaited, when they come. Default: they are logged. `flush()` rejects with the
   * first in any case.
   */
  onError?: (error: Error) => void;
}

/** What `shards` of `dormouse-io/shards` gives, as emitters need it. */
export interface EmitterShards {
  /** How many objects there are now. */
  readonly count: number;
  /** @internal The object where an emitter begins that calls these rooms first. */
  _begin(
    server: string,
    namespace: string,
    rooms: readonly string[],
    binding: { idFromName(name: string): unknown },
  ): string;
}

/** The options of an emitter that has a binding. */
export interface ObjectEmitterOptions extends EmitterOptions {
  /**
   * What the server's option `shards` is, if it has one: then the emitter's calls go by way of the home of the room
   * that it calls first, which saves a hop and spreads the work. Default: by way of the first shard.
   */
  shards?: EmitterShards;
}

/** Without a binding. */
export interface RemoteEmitterOptions extends EmitterOptions {
  /** The secret of the Worker's `routeEmitter`. */
  secret: string;
  /** How requests are made. Default: the platform's `fetch`. */
  fetch?: typeof fetch;
}

const ANY_WAY: Record<keyof EmitterOptions, OptionCheck> = { name: text, onError: callable };

const CHECKS = {
  object: {
    ...ANY_WAY,
    shards: having(["_begin"], 'what shards() of "dormouse-io/shards" gives'),
  } satisfies Record<keyof ObjectEmitterOptions, OptionCheck>,
  remote: {
    ...ANY_WAY,
    // What is wrong with it is said where it is read: it is not to be shown.
    secret: { accepts: () => true, expectation: "" },
    fetch: callable,
  } satisfies Record<keyof RemoteEmitterOptions, OptionCheck>,
};

/** Throws a TypeError for an option that is unknown or ill-typed. `way`: to a binding, or an address. */
export function checkEmitterOptions(way: keyof typeof CHECKS, options: unknown): void {
  checkOptionsOf("emitter", CHECKS[way], options);
}
