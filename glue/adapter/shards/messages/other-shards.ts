/** The other shards of a server: a link to each that was called, and reports of those that do not answer. */
import type { Runtime } from "../../../engine/runtime/runtime.ts";
import { VERSION } from "../../calls/calls.ts";
import type { ShardIndex } from "../placement/placement.ts";
import { nothing, type Outcome } from "./outcome.ts";
import { ShardLink } from "./shard-link.ts";
import type { ShardPlace } from "./shard-place.ts";

/** At most one report of a failing shard in so many milliseconds. */
const REPORT_INTERVAL = 1000;

export class OtherShards {
  readonly #runtime: Runtime;
  readonly #place: ShardPlace;
  readonly #links = new Map<ShardIndex, ShardLink>();
  /** When each failing shard was last reported, in milliseconds since the epoch. */
  readonly #reported = new Map<ShardIndex, number>();

  constructor(runtime: Runtime, place: ShardPlace) {
    this.#runtime = runtime;
    this.#place = place;
  }

  /** The indices of all shards but this one. */
  others(): ShardIndex[] {
    const { index: own } = this.#place;
    return Array.from({ length: this.#place.count() }, (_, index) => index).filter(
      (index) => index !== own,
    );
  }

  linkTo(index: ShardIndex): ShardLink {
    const existing = this.#links.get(index);
    if (existing !== undefined) return existing;
    const link = new ShardLink({
      connect: () => this.#place.connect(index),
      message: (parts) => {
        this.#runtime.beforeSending?.();
        return { version: VERSION, from: this.#place.index, parts };
      },
      now: () => this.#runtime.now(),
    });
    this.#links.set(index, link);
    return link;
  }

  /** The outcome of a call to a shard that failed, or did not answer. It is reported. */
  failure(index: ShardIndex, why: string): Outcome {
    const failure = `${this.#place.nameOf(index)}: ${why}`;
    const now = this.#runtime.now();
    // In either direction: the clock may have been set back.
    if (Math.abs(now - (this.#reported.get(index) ?? 0)) >= REPORT_INTERVAL) {
      this.#reported.set(index, now);
      this.#runtime._report(new Error(`no answer of ${failure}`), "shards");
    }
    return { ...nothing(), failures: [failure] };
  }
}
