/**
 * Random programs: what clients have their server do, and emitters from outside of it, to rooms, ids and everybody,
 * while clients come and go and the server's objects sleep, or end, between any two steps and while an emitter emits.
 */
import { type Link, NAMESPACES } from "./programs.application.ts";
import type { Random } from "./random.ts";

export const CLIENTS = 5;
export const SHARDS = 3;
export const TEAMS = NAMESPACES.slice(1);
const ROOMS = ["red", "green", "", "__proto__"];
/** Clients that are silent are waited for so long, in milliseconds; those that answer, much longer than they take. */
const SILENCE = 400;
const PATIENCE = 30_000;

/** An emitter, and what it does. */
export interface Outside {
  /** How it reaches the server. `home`: by a binding as well, and it knows of the shards. */
  by: "binding" | "home" | "address";
  namespace: string;
  /** Whether it does all in one turn. */
  isTogether: boolean;
  chains: Link[][];
}

export type Step =
  | { kind: "come"; client: number; room: string | undefined }
  | { kind: "team" | "leave"; client: number }
  | { kind: "do"; client: number; isTeam: boolean; chains: Link[][] }
  | { kind: "outside"; outside: Outside }
  | { kind: "end"; shard: number }
  /** The shard ends in the middle of what an emitter emits: when it has begun so many events. */
  | { kind: "crash"; shard: number; outside: Outside; after: number }
  | { kind: "lose"; client: number }
  | { kind: "back"; client: number; shard: number };

/** What happens beside. */
export interface Settings {
  /** Whether the server is several objects, which end. */
  isSpread: boolean;
  /** Whether clients are lost, and come back to what they had. */
  recovers: boolean;
}

/** A step, and which shards sleep before it. */
export type Program = { step: Step; sleepers: number[] }[];

export function makeProgram(random: Random, steps: number, settings: Settings): Program {
  const maker = new ProgramMaker(random, settings);
  return Array.from({ length: steps }, () => {
    const sleepers = [0, 1, 2].filter(() => random.below(2) === 0);
    return { step: maker.step(), sleepers };
  });
}

class ProgramMaker {
  readonly #random: Random;
  readonly #settings: Settings;
  readonly #here = new Set<number>();
  #sent = 0;

  constructor(random: Random, settings: Settings) {
    this.#random = random;
    this.#settings = settings;
  }

  step(): Step {
    const random = this.#random;
    const { isSpread, recovers } = this.#settings;
    const client = random.below(CLIENTS);
    if (!this.#here.has(client)) {
      this.#here.add(client);
      return { kind: "come", client, room: random.below(2) === 0 ? ROOMS[0] : undefined };
    }
    const chance = random.below(24);
    if (chance === 0) {
      this.#here.delete(client);
      return { kind: "leave", client };
    }
    if (chance === 1) return { kind: "team", client };
    const shard = random.below(SHARDS);
    if (chance === 2 && isSpread) return { kind: "end", shard };
    if (chance === 3 && isSpread) return this.#crash(shard);
    if (chance < 8) return { kind: "outside", outside: this.#outside() };
    if (recovers && chance < 11) return { kind: "lose", client };
    if (recovers && chance < 16) return { kind: "back", client, shard };
    return this.#do(client);
  }

  #do(client: number): Step {
    const random = this.#random;
    // Behind something else it may be dropped.
    const isVolatile = random.below(12) === 0;
    const chains = Array.from({ length: isVolatile ? 1 : 1 + random.below(4) }, () => {
      return isVolatile ? this.#volatile() : this.#chain();
    });
    return { kind: "do", client, isTeam: random.below(5) === 0, chains };
  }

  #emitter(): Omit<Outside, "chains"> {
    const random = this.#random;
    return {
      by: random.pick(["binding", "home", "address"]),
      namespace: random.pick(["/", "/", "/", ...TEAMS]),
      isTogether: random.below(2) === 0,
    };
  }

  #outside(): Outside {
    const random = this.#random;
    const emitter = this.#emitter();
    const chains = Array.from({ length: 1 + random.below(5) }, () => this.#outsideChain());
    // Who is asked and disconnected in one turn may answer, or not; sockets of the shard that is asked are told of as they
    // are when the others have answered, as upstream's cluster adapters do.
    const own = emitter.isTogether ? chains.filter((chain) => !isAsked(chain)) : chains;
    return { ...emitter, chains: [...own, ...this.#marks()] };
  }

  #crash(shard: number): Step {
    const chains = Array.from({ length: 4 + this.#random.below(12) }, () => {
      return this.#emit(this.#narrowed("io"));
    });
    const outside = { ...this.#emitter(), chains: [...chains, ...this.#marks()] };
    return { kind: "crash", shard, outside, after: this.#random.below(chains.length) };
  }

  /** See `ServerSettings`. */
  #marks(): Link[][] {
    if (!this.#settings.recovers) return [];
    return NAMESPACES.map((name) => ["root", ["of", name], ["emit", "mark"]]);
  }

  #volatile(): Link[] {
    return [...this.#target(), "volatile", ["emit", "volatile", this.#number()]];
  }

  #chain(): Link[] {
    const random = this.#random;
    const room = random.pick(ROOMS);
    return random.pick<() => Link[]>([
      () => this.#ofMany(this.#target()),
      () => this.#ofMany(this.#target()),
      () => ["socket", ["join", room]],
      () => ["socket", ["leave", room]],
      () => this.#ofServers(this.#settings.isSpread),
      () => this.#emit(this.#narrowed("local")),
    ])();
  }

  #outsideChain(): Link[] {
    const isOfServers = this.#random.below(8) === 0;
    return isOfServers ? this.#ofServers(true) : this.#ofMany(this.#narrowed("io"));
  }

  /** Where nobody else is there, the server says so. */
  #ofServers(hasOthers: boolean): Link[] {
    if (!hasOthers) return this.#emit(["io"]);
    return this.#random.below(2) === 0
      ? ["servers", ["serverSideEmit", "tell", this.#number()]]
      : ["servers", ["serverSideEmitWithAck", "how?"]];
  }

  #ofMany(target: Link[]): Link[] {
    const random = this.#random;
    const room = random.pick(ROOMS);
    const one = (): Link[] => this.#emit(target);
    return random.pick<() => Link[]>([
      one,
      one,
      one,
      one,
      () => [...target, ["fetchSockets"]],
      () => [...target, [random.pick(["socketsJoin", "socketsLeave"]), room]],
      () => this.#ask(target, random.pick(["name?", "bytes?"])),
      () => this.#ask(target, random.pick(["name?", "silence?"])),
      () =>
        random.below(5) === 0 ? [...target, ["disconnectSockets", random.below(2) === 0]] : one(),
    ])();
  }

  #emit(target: Link[]): Link[] {
    return [...target, ["emit", "event", this.#number(), ...this.#values()]];
  }

  #ask(target: Link[], question: string): Link[] {
    const timeout = question === "silence?" ? SILENCE : PATIENCE;
    return [...target, ["timeout", timeout], ["emitWithAck", question, this.#number()]];
  }

  #target(): Link[] {
    return this.#narrowed(this.#random.pick(["io", "socket"]));
  }

  #narrowed(start: string): Link[] {
    const random = this.#random;
    const links: Link[] = Array.from({ length: random.below(3) }, (): Link => {
      const room = () =>
        random.below(4) === 0 ? { client: random.below(CLIENTS) } : random.pick(ROOMS);
      const rooms = random.below(4) === 0 ? [room(), room()] : room();
      return [random.pick(["to", "in", "except"]), rooms];
    });
    const isToOthers = start === "socket" && links.length === 0;
    return [start, ...(isToOthers ? ["broadcast"] : []), ...links];
  }

  #number(): number {
    this.#sent += 1;
    return this.#sent;
  }

  #values(): unknown[] {
    const random = this.#random;
    const bytes = Buffer.from([1, 2]);
    const all = [1, "text", null, { a: [1] }, bytes, { deep: [Buffer.from([3])] }, []];
    return Array.from({ length: random.below(3) }, () => random.pick(all));
  }
}

function isAsked(chain: Link[]): boolean {
  const questions = ["emitWithAck", "fetchSockets"];
  return chain.some((link) => Array.isArray(link) && questions.includes(link[0]));
}
