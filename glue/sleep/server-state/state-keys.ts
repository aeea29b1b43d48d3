/** The names under which the server's state is in the storage, and what may be kept there. */
import { isCloneable } from "../values/cloneable.ts";
import { serializedSize } from "../values/serialized-size.ts";

/** What the keys of the server's state begin with, in the host's storage. */
export const STATE_PREFIX = "state:";
/** Where the time is kept before which nothing is due that is scheduled. */
export const NEXT = "next";
/** In UTF-16 units, of up to three bytes in UTF-8: storages allow 2,048, with what is in front. */
const MAX_KEY_LENGTH = 650;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** The key of a part of a namespace's data; without a name, what all of them begin with. */
export function dataKey(namespace: string, name = ""): string {
  return `d${namespace.length}:${namespace}${name}`;
}

/** The key of what is scheduled. */
export function timerKey(name: string, key: string): string {
  return `t${name.length}:${name}${key}`;
}

/** What all keys begin with of what is scheduled. */
export const TIMERS = "t";

/** Whether a storage takes such a key. */
export function isKeepableKey(key: string): boolean {
  return key.length <= MAX_KEY_LENGTH && !LONE_SURROGATE.test(key);
}

/** In bytes. Throws for what cannot be kept at all. */
export function keepableSize(key: string, value: unknown): number {
  if (!isKeepableKey(key)) {
    throw new RangeError(
      `dormouse: ${describeKey(key)} cannot be kept under so long or odd a name`,
    );
  }
  if (!isCloneable(value)) {
    throw new TypeError(`dormouse: ${describeKey(key)} cannot be kept: it cannot be cloned`);
  }
  return serializedSize(value);
}

/** For messages: `io.data.count`, `io.of("/chat").data.count`. */
export function describeKey(key: string): string {
  const [, kind, length] = /^(.)(\d+):/.exec(key) ?? [];
  if (kind === undefined) return "io.schedule";
  const start = kind.length + String(length).length + 1;
  const first = key.slice(start, start + Number(length));
  const rest = key.slice(start + Number(length));
  if (kind === TIMERS) return `io.schedule's "${first}"${rest && ` with the key "${rest}"`}`;
  return first === "/" ? `io.data.${rest}` : `io.of("${first}").data.${rest}`;
}
