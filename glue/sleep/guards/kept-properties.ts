/** What is known of properties when code runs again that had set them: what was kept, and which were deleted. */
import type { OwnProperties } from "../values/properties.ts";

/** One property. */
export interface KeptProperty {
  /** What it hangs on, at the moment. */
  readonly target: () => OwnProperties | undefined;
  readonly key: string;
  /** A copy of what was kept. */
  readonly value: unknown;
  /** Whether that is only a part of what was there. */
  readonly isPartial: boolean;
  /** Whether it is there; it may have been deleted. */
  readonly isThere: boolean;
}

/** Those of `properties`, which are a copy of what was kept of what `target` gives. */
export function keptPropertiesOf(
  properties: OwnProperties | undefined,
  target: () => object | undefined,
  isPartial: (key: string) => boolean,
): KeptProperty[] {
  return Object.entries(properties ?? {}).map(([key, value]) => ({
    target: target as KeptProperty["target"],
    key,
    value,
    isPartial: isPartial(key),
    isThere: true,
  }));
}

/** So many names of properties that were deleted are known. */
const MOST_DELETED = 32;

/** These properties were there at the last look, those are there now: returns what is known of those that were deleted. */
export function noteDeleted(
  known: DeletedProperties | undefined,
  before: unknown,
  now: object | undefined,
  prefix: string,
): DeletedProperties | undefined {
  let deleted = known;
  for (const key in before as object | undefined) {
    if (now !== undefined && Object.hasOwn(now, key)) continue;
    deleted ??= new DeletedProperties();
    deleted.names.add(prefix + key);
  }
  deleted?.forget(now, prefix);
  return deleted;
}

/** Names of properties that were deleted: what runs again has made them, and is not to bring them back. */
export class DeletedProperties {
  readonly names: Set<string>;

  constructor(names: readonly string[] = []) {
    this.names = new Set(names);
  }

  /** To be kept; undefined if there are none. */
  get kept(): string[] | undefined {
    return this.names.size > 0 ? [...this.names] : undefined;
  }

  /** These are there. */
  forget(now: object | undefined, prefix: string): void {
    for (const key in now) this.names.delete(prefix + key);
    for (const name of this.names) {
      if (this.names.size <= MOST_DELETED) break;
      this.names.delete(name);
    }
  }

  /** The properties with these names, of what is called so. */
  of(prefix: string, target: () => object | undefined): KeptProperty[] {
    const own = [...this.names].filter((name) => name.startsWith(prefix));
    return own.map((name) => ({
      target: target as KeptProperty["target"],
      key: name.slice(prefix.length),
      value: undefined,
      isPartial: false,
      isThere: false,
    }));
  }
}
