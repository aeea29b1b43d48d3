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

export const text: OptionCheck = {
  accepts: (value) => typeof value === "string",
  expectation: "a string",
};

/** What requests are known by. */
export const absolutePath: OptionCheck = {
  accepts: (value) => typeof value === "string" && value.startsWith("/"),
  expectation: "a path that starts with a slash",
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

/** An object that has methods of these names. `expectation`: what it is, in words. */
export function having(methods: readonly string[], expectation: string): OptionCheck {
  return {
    accepts: (value) =>
      methods.every(
        (name) => typeof (value as Record<string, unknown> | null)?.[name] === "function",
      ),
    expectation,
  };
}

/** One text or several. */
export const texts: OptionCheck = {
  accepts: (value) =>
    typeof value === "string" ||
    (Array.isArray(value) && value.every((one) => typeof one === "string")),
  expectation: "a string or a list of strings",
};

/** Who errors are said to come from, where nobody else is named. */
const LIBRARY = "dormouse";

/**
 * Throws a TypeError for a name that no option has, and for a value that the option does not take; the
 * options inside of it included. `prefix`: what the options are inside of, with a dot behind it. `subject`: what the
 * error begins with.
 */
export function checkOption(
  known: Readonly<Record<string, OptionCheck>>,
  name: string,
  value: unknown,
  prefix = "",
  subject = LIBRARY,
): void {
  const check = Object.hasOwn(known, name) ? known[name] : undefined;
  if (check === undefined) {
    const hint = suggest?.(name, Object.keys(known), prefix) ?? "";
    throw new TypeError(`${subject}: unknown option "${prefix}${name}"${hint}`);
  }
  if (value === undefined) return;
  if (!check.accepts(value)) {
    throw wrongValue(subject, `${prefix}${name}`, check, value);
  }
  if (check.fields !== undefined && typeof value === "object") {
    checkOptions(check.fields, value as object, `${prefix}${name}.`, subject);
  }
}

function wrongValue(subject: string, name: string, check: OptionCheck, value: unknown): TypeError {
  return new TypeError(
    `${subject}: option "${name}" must be ${check.expectation}, got ${describe(value)}`,
  );
}

/** The same for each of an object's options. */
export function checkOptions(
  known: Readonly<Record<string, OptionCheck>>,
  options: object,
  prefix = "",
  subject = LIBRARY,
): void {
  for (const [name, value] of Object.entries(options)) {
    checkOption(known, name, value, prefix, subject);
  }
}

/**
 * The same for what a function was called with; `taker` is its name, which errors begin with. `required`: options that
 * must be there.
 */
export function checkOptionsOf(
  taker: string,
  known: Readonly<Record<string, OptionCheck>>,
  options: unknown,
  required: readonly string[] = [],
): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `${LIBRARY}: the options of ${taker} must be an object, got ${describe(options)}`,
    );
  }
  const subject = `${LIBRARY}: ${taker}`;
  checkOptions(known, options, "", subject);
  for (const name of required) {
    const value = (options as Record<string, unknown>)[name];
    if (value === undefined) throw wrongValue(subject, name, known[name] as OptionCheck, value);
  }
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
