/** How the options of both helpers are checked. */
import { checkOptionsOf, type OptionCheck } from "../../glue/common/option-checks.ts";
import { HelperError } from "./protocol.ts";

/**
 * Throws a HelperError for options of `taker`, a class, that are unknown or ill-typed, and for one of those in
 * `required` that is missing.
 */
export function checkHelperOptions(
  taker: string,
  known: Readonly<Record<string, OptionCheck>>,
  required: readonly string[],
  options: object,
): void {
  try {
    checkOptionsOf(taker, known, options, required);
  } catch (error) {
    throw new HelperError((error as Error).message, 500);
  }
}
