/**
 * Replaces what is random in observations by names. Ids that a client of the scenario got to know
 * become `<client>` (its socket id), `<client.engine>` and `<client.pid>`; other words of 20
 * characters of the ids' alphabet become `<id>`.
 */

const ID = /(?<![\w-])[\w-]{20}(?![\w-])/g;

/** The names of the ids seen so far in one run. */
export class Aliases {
  #names = new Map<string, string>();

  /** Names an id. The first name of an id stays; a used name gets a number. */
  add(id: string | undefined, name: string): void {
    if (id === undefined || this.#names.has(id)) return;
    const taken = new Set(this.#names.values());
    let alias = `<${name}>`;
    for (let number = 2; taken.has(alias); number++) alias = `<${name}#${number}>`;
    this.#names.set(id, alias);
  }

  /** A copy of an encoded value with every id replaced. */
  apply<T>(value: T): T {
    return this.#replace(value) as T;
  }

  #replace(value: unknown): unknown {
    if (typeof value === "string") return this.#replaceText(value);
    if (Array.isArray(value)) return value.map((item) => this.#replace(item));
    if (typeof value !== "object" || value === null) return value;
    if ("$bytes" in value) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [this.#replaceText(key), this.#replace(item)]),
    );
  }

  #replaceText(text: string): string {
    let result = text;
    for (const [id, name] of this.#names) result = result.replaceAll(id, name);
    return result.replace(ID, "<id>");
  }
}
