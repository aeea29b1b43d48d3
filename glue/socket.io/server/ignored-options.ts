/** Options of upstream's that switch on what is not here. */

import { describe } from "../../common/option-checks.ts";
import { isPlainObject } from "../../common/values.ts";

/** How things are instead. */
const INSTEAD: Readonly<Record<string, string>> = {
  httpCompression: "the platform compresses by itself",
  perMessageDeflate: "the platform compresses by itself, or does not",
  serveClient: "the client's files are not served; serve them with your other files",
  wsEngine: "WebSockets are the platform's own, on Node those of the npm package ws",
  "cors.origins": "its name is `cors.origin`",
  transports: "there is no WebTransport here",
};

/** The options that were warned of. Servers come and go with every sleep; their options are the program's. */
const warnedOf = new Set<string>();

/** Warns, once, of an option that is ignored with this value. */
export function warnOfIgnored(name: string, value: unknown): void {
  if (name === "cors" && isPlainObject(value) && Object.hasOwn(value, "origins")) {
    warnOfIgnored("cors.origins", value.origins);
  }
  const instead = INSTEAD[name];
  if (instead === undefined || value === false || warnedOf.has(name)) return;
  if (name === "transports" && !(value as unknown[]).includes("webtransport")) return;
  warnedOf.add(name);
  console.warn(`dormouse: option "${name}" is ignored where it is ${describe(value)}: ${instead}`);
}
