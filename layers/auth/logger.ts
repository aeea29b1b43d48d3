/** What the helpers of both sides tell, and to whom. */
import createDebug from "debug";
import { having, type OptionCheck } from "../../glue/common/option-checks.ts";

/** Any object with these methods: a console, `winston`, `pino`. */
export interface Logger {
  /** What happens: clients that come and go, what they ask for. */
  info(message: string): void;
  /** What is refused, or is done in vain. */
  warn(message: string): void;
  /** What has failed. */
  error(message: string): void;
  /** What is of interest to who looks for a fault. */
  debug(message: string): void;
}

/** The option `logger` of both helpers. */
export const loggerCheck: OptionCheck = having(
  ["info", "warn", "error", "debug"],
  "an object with info, warn, error and debug",
);

/** Longer values are cut: clients choose some of them. */
const MAX_VALUE_LENGTH = 200;

/**
 * The npm package `debug`, with the namespace `dormouse:<side>:<identifier>`. Errors are told whether it is
 * switched on or not: they are those of the application's own functions.
 */
export function debugLogger(side: "auth" | "client", identifier: string): Logger {
  const log = createDebug(`dormouse:${side}:${identifier}`);
  const error = log.extend("error");
  error.enabled = true;
  error.log = (...args: unknown[]) => console.error(...args);
  const tell = (message: string) => log("%s", message);
  return { info: tell, warn: tell, debug: tell, error: (message) => error("%s", message) };
}

/** One line: what has happened, and the values around it. */
export function line(what: string, values: Record<string, unknown>): string {
  const parts = Object.entries(values).map(([name, value]) => `${name}: ${shorten(value)}`);
  return [what, ...parts].join(" | ");
}

function shorten(value: unknown): string {
  const text = textOf(value);
  return text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH)}…` : text;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Error) return String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
