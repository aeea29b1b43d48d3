/** Checks of options: one rule per name, and errors that say which one is wrong and how. */

import { suggestion } from "./closest-name.ts";
import { type FeatureName, whyLeftOut } from "./features.ts";

/** What an option takes. */
export interface OptionCheck {
  accepts(value: unknown): boolean;
  /** Ends the sentence `option "x" must be …`. */
  expectation: string;
  /** The options inside, where the value is an object of options; checked after `accepts`. */
  fields?: Readonly<Record<string, OptionCheck>>;
}

/** The core counts in 32 bits. */
const MAX_NUMBER = 2 ** 32 - 1;

export const positiveNumber: OptionCheck = {
  accepts: (value) => typeof value === "number" && value > 0 && value <= MAX_NUMBER,
  expectation: "a positive number",
};

export const boolean: OptionCheck = {
  accepts: (value) => typeof value === "boolean",
  expectation: "a boolean",
};

export const callable: OptionCheck = {
  accepts: (value) => typeof value === "function",
  expectation: "a function",
};

/** An option whose part was left out of the bundle: it can be switched off, and no more. */
export function absent(constant: FeatureName): OptionCheck {
  return {
    accepts: (value) => value === false,
    expectation: `absent: what it is for ${whyLeftOut(constant)}`,
  };
}

/** One text or several. */
export const texts: OptionCheck = {
  accepts: (value) =>
    typeof value === "string" ||
    (Array.isArray(value) && value.every((one) => typeof one === "string")),
  expectation: "a string or a list of strings",
};

/**
 * Throws a TypeError for a name that no option has, and for a value that the option does not take; the
 * options inside of it included. `prefix`: what the options are inside of, with a dot behind it.
 */
export function checkOption(
  known: Readonly<Record<string, OptionCheck>>,
  name: string,
  value: unknown,
  prefix = "",
): void {
  const check = Object.hasOwn(known, name) ? known[name] : undefined;
  if (check === undefined) {
    const hint = suggest?.(name, Object.keys(known), prefix) ?? "";
    throw new TypeError(`dormouse: unknown option "${prefix}${name}"${hint}`);
  }
  if (value === undefined) return;
  if (!check.accepts(value)) {
    throw new TypeError(
      `dormouse: option "${prefix}${name}" must be ${check.expectation}, got ${describe(value)}`,
    );
  }
  if (check.fields !== undefined && typeof value === "object") {
    checkOptions(check.fields, value as object, `${prefix}${name}.`);
  }
}

/** The same for each of an object's options. */
export function checkOptions(
  known: Readonly<Record<string, OptionCheck>>,
  options: object,
  prefix = "",
): void {
  for (const [name, value] of Object.entries(options)) checkOption(known, name, value, prefix);
}

/** Undefined where what helps who writes a server was left out of the bundle. */
const suggest =
  typeof DORMOUSE_DIAGNOSTICS === "undefined" || DORMOUSE_DIAGNOSTICS ? suggestion : undefined;

/** A value in an error's text. */
export function describe(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number") return String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return typeof value;
  }
}
