/** The server of random programs, on `socket.io` and on Dormouse: it does what its clients and emitters tell it to. */

/** As much of a server, and of what hangs on it, as links are followed through. */
type Target = Record<string, unknown>;

/** A property, or a method with its arguments: `["broadcast", ["to", "red"], ["emit", "hello"]]`. */
export type Link = string | [method: string, ...args: unknown[]];

/**
 * Where chains begin. `local`: the clients of one object, as the server's own `local`; `servers`: whatever has
 * `serverSideEmit`.
 */
export type Starts = Record<string, unknown>;

interface Socket extends Target {
  readonly id: string;
  readonly rooms: Set<string>;
  readonly data: Record<string, unknown>;
  readonly recovered: boolean;
  emit(event: string): void;
  readonly handshake: { auth: Record<string, unknown>; query: Record<string, unknown> };
  on(event: "do", listener: (chains: Link[][], done: (results: unknown[]) => void) => void): void;
  on(event: "disconnect", listener: (reason: string) => void): void;
}

interface Namespace {
  emit(event: string, ...args: unknown[]): void;
  except(rooms: string[]): { emit(event: string, ...args: unknown[]): void };
  on(event: "connection", listener: (socket: Socket) => void): void;
  on(event: string, listener: (...args: never[]) => void): void;
}

export interface Io extends Namespace {
  readonly local: Namespace;
  of(name: string | RegExp): Namespace;
}

export interface ServerSettings {
  /**
   * Whether clients do. Then whatever changes rooms is followed by something for everybody: of what was sent to a room
   * before, `socket.io` takes for missed what was sent to rooms in which a client has been since.
   */
  recovers: boolean;
  /** Where chains begin beside `io` and `socket`. */
  startsOf(socket: Socket): Starts;
  onEnd?(socket: Socket, reason: string): void;
}

export const NAMESPACES = ["/", "/team-0", "/team-1"];

export function serve(io: Io, { recovers, startsOf, onEnd }: ServerSettings): void {
  for (const nsp of [io, io.of(/^\/team-\d$/)]) {
    nsp.on("connection", (socket) => {
      socket.data.name ??= socket.handshake.auth.name;
      // From the first packet on a client of `socket.io` knows where it is.
      if (!socket.recovered) socket.emit("hello");
      socket.on("disconnect", (reason) => onEnd?.(socket, reason));
      socket.on("do", async (chains, done) => {
        const results: unknown[] = [];
        for (const chain of chains) {
          results.push(await follow({ io, socket, ...startsOf(socket) }, chain));
        }
        done(results);
        if (recovers) for (const name of NAMESPACES) io.of(name).emit("mark");
      });
    });
  }
}

/** A server that may be several objects: each tells its own clients what it hears from the others. */
export function serveObject(io: Io, recovers: boolean): void {
  io.on("tell", (number: number) => io.local.emit("told", number));
  io.on("how?", (answer: (word: string) => void) => answer("well"));
  serve(io, { recovers, startsOf: () => ({ local: io.local, servers: io }) });
}

/** What it finds, in words that do not depend on the server. The first link says where it begins. */
export async function follow(starts: Starts, [start, ...links]: Link[]): Promise<unknown> {
  let target = starts[start as string];
  try {
    for (const link of links) {
      const [name, ...args] = typeof link === "string" ? [link] : link;
      const member = (target as Target)[name];
      target = typeof member === "function" ? member.apply(target, args) : member;
    }
    return describe(await target);
  } catch (error) {
    const { message, responses } = error as Error & { responses?: unknown[] };
    return [message, describe(responses)];
  }
}

/** Several, one after the other or all in one turn. `before`: called before each. */
export async function followAll(
  starts: Starts,
  chains: Link[][],
  isTogether: boolean,
  before: (chain: number) => void = () => {},
): Promise<unknown[]> {
  const results: Promise<unknown>[] = [];
  for (const [number, chain] of chains.entries()) {
    before(number);
    const result = follow(starts, chain);
    results.push(result);
    if (!isTogether) await result;
  }
  return Promise.all(results);
}

function describe(result: unknown): unknown {
  if (Array.isArray(result)) return result.map(describeItem).sort();
  return typeof result === "object" ? null : result;
}

function describeItem(item: unknown): string {
  if (item instanceof Uint8Array) return `${item.constructor.name} ${[...item]}`;
  if (typeof item !== "object" || item === null || !("handshake" in item)) {
    return JSON.stringify(item);
  }
  const { id, rooms, data } = item as Socket;
  return JSON.stringify([[...rooms].filter((room) => room !== id).sort(), data]);
}
