/** What both servers send when the application emits the same values. */
import type { Server as UpstreamServer } from "socket.io";
import { Dormouse } from "./dormouse.ts";
import { type Frame, JOINED } from "./packets.ts";
import type { Peer } from "./peer.ts";
import { Upstream } from "./upstream.ts";

/** The frames, or the name of the error that the emitter got. */
export type Sent = Frame[] | string;

interface Emitter {
  emit(event: string, ...args: unknown[]): unknown;
}

interface Side {
  peer: Peer;
  /** By namespace. */
  sockets: Map<string, Emitter>;
}

/** One client of each server, which has joined `JOINED`. */
export class Emission {
  readonly #sides: Side[];

  constructor(protocol: 3 | 4, query: Record<string, string> = {}) {
    this.#sides = [Upstream, Dormouse].map((Kind) => {
      const sockets = new Map<string, Emitter>();
      const server = new Kind((io: unknown) => {
        for (const name of JOINED[protocol]) {
          (io as UpstreamServer).of(name).on("connection", (socket) => sockets.set(name, socket));
        }
      });
      return { peer: server.open(protocol, query), sockets };
    });
    const names = JOINED[protocol].slice(protocol === 3 ? 1 : 0);
    for (const { peer } of this.#sides) {
      for (const name of names) peer.receive(`40${name === "/" ? "" : `${name},`}`);
    }
  }

  /** To be awaited before anything is emitted. */
  async connected(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    for (const { peer } of this.#sides) peer.sent();
  }

  /** What upstream sends, then what Dormouse sends. `callback`: whether an ack is asked for. */
  emit(name: string, args: unknown[], callback: boolean): [Sent, Sent] {
    return this.#sides.map(({ peer, sockets }) => {
      try {
        sockets.get(name)?.emit("event", ...args, ...(callback ? [() => {}] : []));
      } catch (error) {
        peer.sent();
        return (error as Error).name;
      }
      return peer.sent().map((frame) => (isText(frame) ? frame : Buffer.from(frame)));
    }) as [Sent, Sent];
  }

  end(): void {
    for (const { peer } of this.#sides) peer.end();
  }
}

function isText(frame: Frame): frame is string {
  return typeof frame === "string";
}
