/** Errors of the boundary to the core. */
import { statusTexts } from "./abi.gen.ts";

/** A call was refused by the core: the caller's mistake. Nothing has changed. */
export class CoreError extends Error {
  override readonly name = "CoreError";
  /** One of `Status`. */
  readonly status: number;

  constructor(call: string, status: number) {
    super(`${call}: ${statusTexts[status] ?? `status ${status}`}`);
    this.status = status;
  }
}

/** The core's instance is broken (a trap) and was discarded with everything in it. */
export class CoreTrap extends Error {
  override readonly name = "CoreTrap";

  constructor(call: string, cause: unknown) {
    super(`${call}: the core trapped and was discarded`, { cause });
  }
}
