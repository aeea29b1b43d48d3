/** Replaces methods of one of the platform's objects. */
export function override(target: object, methods: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(methods)) {
    Object.defineProperty(target, name, { value, configurable: true, writable: true });
  }
}

/** The platform's own methods, bound, so that replacing those of the object does not change them. */
export function bound<T extends object, Name extends keyof T>(
  object: T,
  names: Name[],
): Pick<T, Name> {
  const methods = names.map((name) => [name, (object[name] as Method).bind(object)]);
  return Object.fromEntries(methods);
}

type Method = (...args: never[]) => unknown;
