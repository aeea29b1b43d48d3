import type { Connection } from "../../engine/connections/connection.ts";
import { KeptRequest } from "../../engine/handshake/kept-request.ts";
import type { Around } from "../remaking/around.ts";
import { targetsOf } from "./added-properties.ts";

/** Where nothing is kept of what hangs around a socket: whatever does, a sleep would lose. */
export class LostSurroundings implements Around {
  readonly #conn: Connection;

  constructor(conn: Connection) {
    this.#conn = conn;
  }

  static hidesAny(conn: Connection): boolean {
    return new LostSurroundings(conn).unkept().size > 0;
  }

  restore(): void {}

  keep(): undefined {}

  unkept(): Map<string, unknown> {
    const values = new Map<string, unknown>();
    if (!this.#conn._isHandedOut) return values;
    for (const [name, { object, known }] of Object.entries(targetsOf(this.#conn))) {
      // A request of the platform's own hides much that is its own; anybody else hides what a sleep would lose.
      const isOurs = name !== "request" || object instanceof KeptRequest;
      const keysOf = isOurs ? Reflect.ownKeys : Object.keys;
      for (const key of object === undefined ? [] : keysOf(object)) {
        if (known.has(key as string)) continue;
        values.set(`${name}.${String(key)}`, Reflect.get(object as object, key));
      }
    }
    return values;
  }

  readonly isPartial = false;

  noteMade(): void {}

  forgetMaker(): void {}

  searchHidden(): number {
    return 1;
  }

  lost(): string[] {
    return [...this.unkept().keys()];
  }

  guard(): () => void {
    return () => {};
  }

  pause(): void {}

  hasChanged(): boolean {
    const { request, _details: details, _isHandedOut: isHandedOut } = this.#conn;
    if (isHandedOut && request && !(request instanceof KeptRequest)) details.follow(request);
    return details.hasChanged();
  }
}
