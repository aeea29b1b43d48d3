/** The option `cors`: its fields are those of the npm package `cors`. */

import { boolean, type OptionCheck, texts } from "../../common/option-checks.ts";
import type { EngineRequest } from "../handshake/request.ts";

/** Which origins may read answers: see `CorsOptions.origin`. */
export type CorsOrigin = boolean | string | RegExp | (boolean | string | RegExp)[];

/** The fields of the npm package `cors`. */
export interface CorsOptions {
  /**
   * Origins that may read the answers: `"*"`, one origin, a pattern, a list of them, `true` for any
   * that asks, or a function that decides: it calls back, or returns one of these, or a promise of it.
   */
  origin?:
    | CorsOrigin
    | ((
        origin: string | undefined,
        callback: (error: Error | null, allowed?: CorsOrigin) => void,
      ) => unknown);
  /** What a preflight answer allows. Default: `GET,HEAD,PUT,PATCH,POST,DELETE`. */
  methods?: string | string[];
  /** Request headers that a preflight answer allows. Default: those that it asks for. */
  allowedHeaders?: string | string[];
  /** The same as `allowedHeaders`, under its old name. */
  headers?: string | string[];
  /** Response headers that pages may read beside the usual ones. Default: none. */
  exposedHeaders?: string | string[];
  /** Whether browsers may send cookies, and pages read the answers to such requests. Default false. */
  credentials?: boolean;
  /** Seconds for which a preflight answer may be kept. */
  maxAge?: number;
  /** Whether a preflight request goes on to the checks instead of being answered at once. Default false. */
  preflightContinue?: boolean;
  /** Status of a preflight answer. Default 204. */
  optionsSuccessStatus?: number;
}

/** Gives the options for one request: calls back, or returns them, or a promise of them. */
export type CorsOptionsDelegate = (
  request: EngineRequest,
  callback: (error: Error | null, options?: CorsOptions) => void,
) => unknown;

/** What the options inside of `cors` take, which a function may also give for one request. */
export const corsChecks: Readonly<Record<string, OptionCheck>> = {
  origin: {
    accepts: (value) => typeof value === "function" || isCorsOrigin(value),
    expectation: "a boolean, a string, a regular expression, a list of them, or a function",
  },
  /** An option of older versions: ignored with a warning, as upstream ignores it. */
  origins: { accepts: () => true, expectation: "anything" },
  methods: texts,
  allowedHeaders: texts,
  headers: texts,
  exposedHeaders: texts,
  credentials: boolean,
  maxAge: {
    accepts: (value) => typeof value === "number" && value >= 0,
    expectation: "a number of seconds",
  },
  preflightContinue: boolean,
  optionsSuccessStatus: {
    accepts: (value) =>
      typeof value === "number" && Number.isInteger(value) && value >= 200 && value < 600,
    expectation: "a status between 200 and 599",
  },
};

/** Whether a value says which origins are allowed. */
export function isCorsOrigin(value: unknown): value is CorsOrigin {
  if (Array.isArray(value)) return value.every(isCorsOrigin);
  return typeof value === "boolean" || typeof value === "string" || value instanceof RegExp;
}
