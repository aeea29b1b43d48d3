/** People who use a server, with stock clients, and what each of them sees. */
import { io as connect, type Socket } from "socket.io-client";

/** What every server under test has beside its own code: an answer, behind everything that came before. */
export const FENCE = "/~fence";

export interface Person {
  readonly name: string;
  readonly socket: Socket;
  readonly fence: Socket;
}

export interface Scene {
  /**
   * Somebody connects, to a namespace; resolves when let in or refused. `answers`: what this client acknowledges
   * events with, by their names.
   */
  join(
    name: string,
    options?: {
      namespace?: string;
      answers?: Record<string, unknown>;
      [option: string]: unknown;
    },
  ): Promise<Person>;
  /** Somebody sends an event; resolves when whatever comes of it has arrived. */
  say(person: Person, event: string, ...args: unknown[]): Promise<void>;
  /** The same, of an event that is acknowledged: the answer is among what the person has seen. */
  ask(person: Person, event: string, ...args: unknown[]): Promise<void>;
  leave(person: Person): Promise<void>;
}

export type Act = (scene: Scene) => Promise<void>;

/** What each person has seen, in order: events with their arguments. */
export type Log = Record<string, unknown[][]>;

/** A listener of one thing may do another asynchronously: the fence goes round so often. */
const ROUNDS = 3;

/** An eviction that something holds up takes thirty seconds. */
const PATIENCE_MS = 90_000;

/** Plays an act on a server. `prefix` stands before the usual path. */
export async function play(act: Act, url: string, prefix = ""): Promise<Log> {
  const log: Log = {};
  const people: Person[] = [];
  const settle = async (): Promise<void> => {
    for (let round = 0; round < ROUNDS; round++) {
      for (const { fence } of people) {
        if (fence.connected) await fence.timeout(PATIENCE_MS).emitWithAck("fence");
      }
    }
  };
  const scene: Scene = {
    async join(name, { namespace = "/", answers = {}, ...options } = {}) {
      const seen: unknown[][] = [];
      log[name] = seen;
      const shared = {
        transports: ["websocket"],
        reconnection: false,
        path: `${prefix}/socket.io/`,
      };
      const socket = connect(`${url}${namespace}`, { ...shared, forceNew: true, ...options });
      const fence = socket.io.socket(FENCE, {});
      const person = { name, socket, fence };
      people.push(person);
      socket.onAny((event, ...args) => void seen.push([event, ...args.filter(isData)]));
      for (const [event, answer] of Object.entries(answers)) {
        socket.on(event, (...args) => args.at(-1)(answer));
      }
      socket.on("connect_error", (error) => void seen.push(["refused", error.message]));
      socket.on("disconnect", (reason) => void seen.push(["disconnected", reason]));
      await Promise.all([outcomeOf(socket), outcomeOf(fence)]);
      await settle();
      return person;
    },
    async say({ socket }, event, ...args) {
      socket.emit(event, ...args);
      await settle();
    },
    async ask({ name, socket }, event, ...args) {
      await new Promise<void>((resolve) => {
        // Among the events where it came.
        socket.emit(event, ...args, (...answer: unknown[]) => {
          log[name]?.push(["answered", ...answer]);
          resolve();
        });
      });
      await settle();
    },
    async leave(person) {
      people.splice(people.indexOf(person), 1);
      const closed = new Promise((resolve) => person.socket.io.engine.once("close", resolve));
      person.socket.disconnect();
      person.fence.disconnect();
      await closed;
      await settle();
    },
  };
  try {
    await act(scene);
    return structuredClone(log);
  } finally {
    for (const { socket, fence } of people) {
      socket.disconnect();
      fence.disconnect();
    }
  }
}

/** The same scene, with a sleep before each thing that somebody does. */
export function asleep(scene: Scene, sleep: () => Promise<unknown>): Scene {
  return {
    join: (...args) => sleep().then(() => scene.join(...args)),
    say: (...args) => sleep().then(() => scene.say(...args)),
    ask: (...args) => sleep().then(() => scene.ask(...args)),
    leave: (...args) => sleep().then(() => scene.leave(...args)),
  };
}

const isData = (value: unknown): boolean => typeof value !== "function";

function outcomeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("connect", resolve);
    socket.once("connect_error", () => resolve());
    socket.connect();
  });
}
