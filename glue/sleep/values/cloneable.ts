/** What the platform can keep a copy of. */
import { isPlain } from "./containers.ts";
import { copyOf } from "./copy.ts";

/** Stands for a value of which nothing can be kept. */
export const LOST = Symbol("lost");

/** Whether the platform can clone a value. */
export function isCloneable(value: unknown): boolean {
  if (typeof value === "function" || typeof value === "symbol") return false;
  if (typeof value !== "object" || value === null) return true;
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

/**
 * A value that the platform can clone: the value itself, or where only proxies are in the way (tools put
 * them around data, to watch it) a copy of what is behind them; `LOST` if there is none.
 */
export function cloneableFormOf(value: unknown): unknown {
  if (isCloneable(value)) return value;
  if (typeof value !== "object") return LOST;
  const copy = copyOf(value);
  return copy !== value && isCloneable(copy) ? copy : LOST;
}

/** Whether an error says that a value cannot be cloned: because of its kind, or nested too deep. */
export function isCloneError(error: unknown): boolean {
  const { name, message } = (error ?? {}) as Partial<Error>;
  return name === "DataCloneError" || (name === "RangeError" && /call stack/.test(String(message)));
}

/** The value, or what of its keys can be cloned; `tell` hears of the others. */
export function withoutUncloneable<T>(value: T, tell: (key: string) => void): T {
  if (isCloneable(value)) return value;
  const kept: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(value as object)) {
    const form = cloneableFormOf(part);
    if (form === LOST) tell(key);
    else kept[key] = form;
  }
  return kept as T;
}

/** Whether a value is a plain object in which there is nothing to keep. */
export function isEmptyObject(value: unknown): boolean {
  return isPlain(value) && Object.keys(value).length === 0;
}
