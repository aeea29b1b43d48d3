/** Cross-origin headers, by the rules of the npm package `cors`, which upstream uses. */

import { checkOptions } from "../../../glue/common/option-checks.ts";
import { isPlainObject } from "../../../glue/common/values.ts";
import type { EngineRequest } from "../../../glue/engine/handshake/request.ts";
import {
  type CorsOptions,
  type CorsOptionsDelegate,
  type CorsOrigin,
  corsChecks,
  isCorsOrigin,
} from "../../../glue/engine/options/cors-options.ts";
import { askEither } from "./application-answers.ts";

type Setting = CorsOptions | CorsOptionsDelegate | boolean | undefined;

const DEFAULT_METHODS = "GET,HEAD,PUT,PATCH,POST,DELETE";
const NO_CONTENT = 204;

/**
 * Sets the headers for a request. Answers the status with which a preflight request is to be answered
 * at once, or undefined if the request goes on. Throws what the application's functions
 * throw, and a `Declined` for what they call back with as error.
 */
export async function applyCors(
  setting: Setting,
  request: EngineRequest,
  headers: Headers,
): Promise<number | undefined> {
  if (setting === undefined || setting === false) return undefined;
  const options = await findOptions(setting, request);
  const origin = await findOrigin(options.origin, headerOf(request, "origin"));
  if (!origin) return undefined;
  const isPreflight = request.method?.toUpperCase() === "OPTIONS";
  setOrigin(headers, origin, headerOf(request, "origin"));
  if (options.credentials === true) headers.set("Access-Control-Allow-Credentials", "true");
  if (isPreflight) {
    set(headers, "Access-Control-Allow-Methods", options.methods ?? DEFAULT_METHODS);
    setAllowedHeaders(headers, options, headerOf(request, "access-control-request-headers"));
    if (options.maxAge !== undefined) set(headers, "Access-Control-Max-Age", `${options.maxAge}`);
  }
  set(headers, "Access-Control-Expose-Headers", options.exposedHeaders);
  if (!isPreflight || options.preflightContinue) return undefined;
  headers.set("Content-Length", "0");
  return options.optionsSuccessStatus ?? NO_CONTENT;
}

async function findOptions(
  setting: Exclude<Setting, undefined>,
  request: EngineRequest,
): Promise<CorsOptions> {
  if (typeof setting !== "function") return typeof setting === "object" ? setting : {};
  const options = await askEither<CorsOptions>((callback) => setting(request, callback), isOptions);
  if (options) checkOptions(corsChecks, options, "cors.");
  return options ?? {};
}

/** The origins that the options allow. Nothing: the request gets no headers. */
function findOrigin(
  origin: CorsOptions["origin"],
  requestOrigin: string | undefined,
): CorsOrigin | undefined | Promise<CorsOrigin | undefined> {
  if (origin === undefined) return "*";
  if (typeof origin !== "function") return origin;
  return askEither<CorsOrigin>((callback) => origin(requestOrigin, callback), isCorsOrigin);
}

/** Functions that call back return all kinds of things, but hardly ever an object of options. */
function isOptions(value: unknown): value is CorsOptions {
  return isPlainObject(value) && Object.getPrototypeOf(value) === Object.prototype;
}

function setOrigin(headers: Headers, origin: CorsOrigin, requestOrigin: string | undefined): void {
  if (origin === "*") {
    headers.set("Access-Control-Allow-Origin", "*");
    return;
  }
  if (typeof origin === "string") headers.set("Access-Control-Allow-Origin", origin);
  else if (requestOrigin && isAllowed(requestOrigin, origin)) {
    headers.set("Access-Control-Allow-Origin", requestOrigin);
  }
  vary(headers, "Origin");
}

function isAllowed(requestOrigin: string, origin: CorsOrigin): boolean {
  if (Array.isArray(origin)) return origin.some((one) => isAllowed(requestOrigin, one));
  if (typeof origin === "string") return requestOrigin === origin;
  return origin instanceof RegExp ? origin.test(requestOrigin) : origin;
}

function setAllowedHeaders(
  headers: Headers,
  options: CorsOptions,
  requested: string | undefined,
): void {
  const allowed = options.allowedHeaders || options.headers;
  if (!allowed) vary(headers, "Access-Control-Request-Headers");
  set(headers, "Access-Control-Allow-Headers", allowed || requested);
}

function set(headers: Headers, name: string, value: string | string[] | undefined): void {
  const text = Array.isArray(value) ? value.join(",") : value;
  if (text) headers.set(name, text);
}

function vary(headers: Headers, field: string): void {
  const existing = headers.get("Vary");
  headers.set("Vary", existing === null ? field : `${existing}, ${field}`);
}

function headerOf(request: EngineRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}
