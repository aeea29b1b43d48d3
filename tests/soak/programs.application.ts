/** The server of random programs, on `socket.io` and on Dormouse: it does what its clients tell it to. */

/** As much of a server, and of what hangs on it, as links are followed through. */
type Target = Record<string, unknown>;

/** A property, or a method with its arguments: `["broadcast", ["to", "red"], ["emit", "hello"]]`. */
export type Link = string | [method: string, ...args: unknown[]];

interface Socket extends Target {
  readonly id: string;
  readonly rooms: Set<string>;
  readonly data: Record<string, unknown>;
  readonly recovered: boolean;
  emit(event: string): void;
  readonly handshake: { auth: Record<string, unknown> };
  on(event: "do", listener: (chains: Link[][], done: (results: unknown[]) => void) => void): void;
  on(event: "disconnect", listener: (reason: string) => void): void;
}

interface Namespace {
  emit(event: string): void;
  on(event: "connection", listener: (socket: Socket) => void): void;
}

interface Io extends Namespace {
  of(name: string | RegExp): Namespace;
}

const NAMESPACES = ["/", "/team-0", "/team-1"];

/**
 * `recovers`: whether clients do. Then whatever changes rooms is followed by something for everybody: of what was sent
 * to a room before, `socket.io` takes for missed what was sent to rooms in which a client has been since.
 */
export function serve(
  io: Io,
  recovers: boolean,
  onEnd: (socket: object, reason: string) => void = () => {},
): void {
  for (const nsp of [io, io.of(/^\/team-\d$/)]) {
    nsp.on("connection", (socket) => {
      socket.data.name ??= socket.handshake.auth.name;
      // From the first packet on a client of `socket.io` knows where it is.
      if (!socket.recovered) socket.emit("hello");
      socket.on("disconnect", (reason) => onEnd(socket, reason));
      socket.on("do", async (chains, done) => {
        const results: unknown[] = [];
        for (const chain of chains) results.push(await follow(io, socket, chain));
        done(results);
        if (recovers) for (const name of NAMESPACES) io.of(name).emit("mark");
      });
    });
  }
}

/** The first link says where it begins. What is found, in words that do not depend on the server. */
async function follow(io: Io, socket: Socket, [start, ...links]: Link[]): Promise<unknown> {
  let target: unknown = start === "io" ? io : socket;
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
