/** Performs the commands of admins. All they send is checked: it comes from a page, or from anybody. */
import type { Onlookers } from "./onlookers.ts";
import type { AnyNamespace, AnyServer, AnySocket } from "./protocol.ts";

const MAX_NAME = 1_024;

/** The sockets of a namespace that a command is for. */
type Those = Pick<AnyNamespace, "emit" | "socketsJoin" | "socketsLeave" | "disconnectSockets">;
type Command = (those: Those, args: unknown[]) => void;

/** By its event. Each has the namespace first; the filter, and the rest, are where upstream's page has them. */
const COMMANDS: Record<string, { filterAt: number; run: Command }> = {
  emit: {
    filterAt: 1,
    run(those, [, , event, ...args]) {
      if (isName(event)) attempt(() => those.emit(event, ...args));
    },
  },
  join: {
    filterAt: 2,
    run(those, [, room]) {
      if (isName(room)) those.socketsJoin(room);
    },
  },
  leave: {
    filterAt: 2,
    run(those, [, room]) {
      if (isName(room)) those.socketsLeave(room);
    },
  },
  _disconnect: {
    filterAt: 2,
    run: (those, [, close]) => those.disconnectSockets(close === true),
  },
};

/** Performs the commands of admins who may do more than look. */
export class Commands {
  readonly #io: AnyServer;
  readonly #admins: AnyNamespace;
  readonly #onlookers: Onlookers;

  constructor(io: AnyServer, admins: AnyNamespace, onlookers: Onlookers) {
    this.#io = io;
    this.#admins = admins;
    this.#onlookers = onlookers;
    // Its namespace is not where the admin is: it is made of a pattern, and has clients here alone.
    onlookers.handleCommands((event, args) => {
      if (isName(event) && Object.hasOwn(COMMANDS, event)) this.#perform(event, args, "local");
    });
  }

  /** Listens to an admin. */
  listen(socket: AnySocket): void {
    for (const event of Object.keys(COMMANDS)) {
      socket.on(event, (...given: unknown[]) => {
        const args = typeof given.at(-1) === "function" ? given.slice(0, -1) : given;
        const [namespace] = args;
        // The admins' own events are the server's.
        if (!isName(namespace) || (event === "emit" && namespace === this.#admins.name)) return;
        if (this.#io._nsps.has(namespace)) this.#perform(event, args, "whole");
        else this.#onlookers.passOn(event, args);
      });
    }
  }

  /** `part`: whether for the sockets of all of the server, or of this part of it. */
  #perform(event: string, args: unknown[], part: "whole" | "local"): void {
    const command = COMMANDS[event];
    const [name] = args;
    const filter = args[command?.filterAt ?? 0];
    const namespace = isName(name) ? this.#io._nsps.get(name) : undefined;
    if (namespace === undefined || command === undefined) return;
    const all = part === "local" ? namespace.local : namespace;
    if (filter === undefined || filter === null || filter === "") command.run(all, args);
    else if (isName(filter)) command.run(all.in(filter), args);
  }
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_NAME;
}

/** The names of the library's own events cannot be emitted. */
function attempt(run: () => void): void {
  try {
    run();
  } catch (error) {
    console.warn(`dormouse: an admin's event was not emitted: ${(error as Error).message}`);
  }
}
