/** Packages of functions that work on what they are given, in memory: lodash and its kin. They lead nowhere outside. */
import type { Value } from "./value.ts";

type PackageValue = Extract<Value, { kind: "package" }>;

const HELPERS = /^(lodash(-es)?([./]\S+)?|underscore|remeda|es-toolkit(\/compat)?)$/;
const GIVES_PART = /^(find(Last)?|first|head|last|nth|sample|maxBy|minBy|get|result|prop|path)$/;
const GIVES_COPY =
  /^(filter|reject|map|values|sortBy|orderBy|sort|shuffle|sampleSize|uniq(By)?|clone|concat|compact|slice|take(Right|While)?|drop(Right|While)?|tail|initial|toArray|entries|toPairs|flatten|flatMap|partition|groupBy|keyBy|chunk|reverse|union|difference|without|intersection)$/;
const GIVES_ITSELF =
  /^(chain|default|_|tap|assign\w*|merge\w*|extend|defaults\w*|set|update|each|forEach)$/;
const WRAPS =
  /^(once|memoize|debounce|throttle|partial(Right)?|curry|bind|wrap|negate|ary|unary|flip|rearg|before|after|flow|flowRight|compose|pipe|over|attempt)$/;
/** What they make that is no collection. */
const GIVES_NONE =
  /^(is\w+|size|count|sum\w*|mean\w*|max|min|random|uniqueId|join|includes|some|every|has\w*|to(String|Number|Integer|Lower|Upper)|(camel|kebab|snake|start|upper|lower)Case|pad\w*|trim\w*|repeat|escape|template|round|floor|ceil|clamp|now|noop|constant|identity)$/;

/** The name of the helper that a value is, without its package; undefined of what is none. */
export function helperOf({ name, path }: PackageValue): string | undefined {
  if (!HELPERS.test(name)) return undefined;
  return (
    path.filter((step) => step !== "default").at(-1) ??
    name
      .replace(/\.[cm]?js$/, "")
      .split(/[./]/)
      .at(-1) ??
    name
  );
}

/** What a helper's result has to do with what it was given first. */
export function resultOf(helper: string): "part" | "copy" | "itself" | "wrapper" | "other" {
  if (GIVES_PART.test(helper)) return "part";
  if (GIVES_COPY.test(helper)) return "copy";
  if (WRAPS.test(helper)) return "wrapper";
  return GIVES_ITSELF.test(helper) ? "itself" : "other";
}

/** Whether a helper makes a list or an object: `_.range(52)`, `_.cloneDeep(start)`. */
export function makesCollection(helper: string): boolean {
  return !WRAPS.test(helper) && !GIVES_NONE.test(helper) && !GIVES_PART.test(helper);
}
