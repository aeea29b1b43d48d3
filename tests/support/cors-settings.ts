/** Values of the option `cors`, every field of the npm package among them. */
import type { CorsOptions, CorsOptionsDelegate } from "../../glue/engine/options/cors-options.ts";

export const ALLOWED = "https://allowed.example";
export const OTHER = "https://other.example";

const byFunction =
  (allowed: unknown, error: Error | null = null) =>
  (_origin: unknown, callback: (error: Error | null, allowed?: never) => void) =>
    callback(error, allowed as never);

/** With what they mean. */
export const CORS_SETTINGS: readonly [string, CorsOptions | CorsOptionsDelegate | boolean][] = [
  ["true", true],
  ["no fields", {}],
  ["*", { origin: "*" }],
  ["one origin", { origin: ALLOWED }],
  ["a pattern", { origin: /allowed\.example$/ }],
  ["a list", { origin: [OTHER.replace("other", "third"), ALLOWED] }],
  ["a list with patterns", { origin: [/third/, /allowed/] }],
  ["an empty list", { origin: [] }],
  ["whoever asks", { origin: true }],
  ["nobody", { origin: false }],
  ["an empty origin", { origin: "" }],
  ["a function that allows any", { origin: byFunction(true) }],
  ["a function that allows one", { origin: byFunction(ALLOWED) }],
  ["a function that allows a list", { origin: byFunction([ALLOWED, /third/]) }],
  ["a function that allows none", { origin: byFunction(false) }],
  ["a function that fails", { origin: byFunction(undefined, new Error("no idea")) }],
  ["credentials", { origin: true, credentials: true }],
  ["no credentials", { origin: true, credentials: false }],
  ["exposed headers", { exposedHeaders: ["x-a", "x-b"] }],
  ["exposed headers in a string", { exposedHeaders: "x-a,x-b" }],
  ["no exposed headers", { exposedHeaders: [] }],
  ["allowed headers", { allowedHeaders: ["x-a", "x-b"] }],
  ["allowed headers in a string", { allowedHeaders: "x-a" }],
  ["allowed headers under the old name", { headers: ["x-c"] }],
  ["no allowed headers", { allowedHeaders: [] }],
  ["methods", { methods: ["GET", "POST"] }],
  ["methods in a string", { methods: "GET" }],
  ["max age", { maxAge: 600 }],
  ["max age 0", { maxAge: 0 }],
  ["another preflight status", { optionsSuccessStatus: 200 }],
  ["preflights go on", { origin: ALLOWED, preflightContinue: true }],
  ["everything", { origin: [ALLOWED], credentials: true, maxAge: 1, exposedHeaders: ["x-a"] }],
  ["a delegate", (_request, callback) => callback(null, { origin: ALLOWED, maxAge: 5 })],
  ["a delegate without options", (_request, callback) => callback(null)],
  ["a delegate that fails", (_request, callback) => callback(new Error("no idea"))],
];
