/** The options that matter where clients poll. */
import { boolean, type OptionCheck } from "../../common/option-checks.ts";
import { isPlainObject } from "../../common/values.ts";

/** One of these; the cookie's attributes are not case-sensitive. */
function oneOf(...names: string[]): OptionCheck {
  return {
    accepts: (value) => typeof value === "string" && names.includes(value.toLowerCase()),
    expectation: `one of ${names.join(", ")}`,
  };
}

/** RFC 6265: a cookie's name, and the value of an attribute. */
const isToken = (value: unknown) =>
  typeof value === "string" && /^[\w!#$%&'*.^`|~+-]+$/.test(value);
const isPlain = (value: unknown) => typeof value === "string" && /^[ -:<-~]*$/.test(value);

const sameSite = oneOf("lax", "strict", "none");

const cookieChecks: Readonly<Record<string, OptionCheck>> = {
  name: { accepts: (value) => isToken(value), expectation: "the name of a cookie" },
  path: { accepts: (value) => isPlain(value), expectation: "a path" },
  domain: { accepts: (value) => isPlain(value), expectation: "a domain" },
  maxAge: { accepts: (value) => Number.isFinite(value), expectation: "a number of seconds" },
  expires: {
    accepts: (value) => value instanceof Date && Number.isFinite(value.getTime()),
    expectation: "a valid Date",
  },
  httpOnly: boolean,
  secure: boolean,
  partitioned: boolean,
  priority: oneOf("low", "medium", "high"),
  sameSite: {
    accepts: (value) => typeof value === "boolean" || sameSite.accepts(value),
    expectation: `a boolean, or ${sameSite.expectation}`,
  },
};

/** The checks of the options for long-polling. */
export const pollingChecks: Readonly<Record<string, OptionCheck>> = {
  allowUpgrades: boolean,
  cookie: {
    accepts: (value) => typeof value === "boolean" || isPlainObject(value),
    expectation: 'a boolean, or the cookie\'s attributes, as { name: "io" }',
    fields: cookieChecks,
  },
};
