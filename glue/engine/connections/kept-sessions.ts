/**
 * What was kept of a connection's sessions, by the names of their namespaces. In a list as it came out of the snapshot:
 * most connections have one session, and thousands may come back at once.
 */
export class KeptSessions {
  /** From `#start` on: a name, what was kept of it, the next name, and so on. */
  #list: readonly unknown[];
  #start: number;

  constructor(list: readonly unknown[], start: number) {
    this.#list = list;
    this.#start = start;
  }

  /** All names, including deleted ones, each followed by a comma. */
  get names(): string {
    let names = "";
    for (let at = this.#start; at < this.#list.length; at += 2) names += `${this.#list[at]},`;
    return names;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** Undefined if there is nothing. */
  get(name: string): unknown {
    return this.#list[this.#find(name) + 1];
  }

  delete(name: string): void {
    const at = this.#find(name) - this.#start;
    // The list is the snapshot's own.
    const list = this.#list.slice(this.#start);
    if (at < list.length) list[at + 1] = undefined;
    this.#list = list;
    this.#start = 0;
  }

  forEach(run: (kept: unknown, name: string) => void): void {
    const list = this.#list;
    for (let at = this.#start; at < list.length; at += 2) {
      if (list[at + 1] !== undefined) run(list[at + 1], list[at] as string);
    }
  }

  #find(name: string): number {
    let at = this.#start;
    while (at < this.#list.length && this.#list[at] !== name) at += 2;
    return at;
  }
}
