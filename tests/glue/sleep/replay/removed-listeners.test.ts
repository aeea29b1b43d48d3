// Listeners that were removed, or have heard once, are as they were after a sleep.
import assert from "node:assert/strict";
import { type EventEmitter, on, once } from "node:events";
import { type TestContext, test } from "node:test";
import type { ServerOptions } from "../../../../glue/socket.io/server/options.ts";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import type { Socket } from "../../../../glue/socket.io/server/socket.ts";
import type { InMemoryClient } from "../../../support/in-memory.ts";
import { SleepyServer, settle } from "../sleepy-server.ts";

type Note = (what: unknown) => void;
type Register = (socket: Socket, note: Note, io: Server) => unknown;

const settled = async (): Promise<void> => {
  for (let i = 0; i < 4; i++) await settle();
};

/** One server after another, with the same clients. */
class World {
  readonly heard: unknown[] = [];
  readonly warnings: string[] = [];
  readonly #setup: (io: Server) => void;
  readonly #options: ServerOptions;
  readonly clients: InMemoryClient[] = [];
  server: SleepyServer;

  constructor(t: TestContext, register: Register, options: ServerOptions = {}) {
    t.mock.method(console, "warn", (text: string) => this.warnings.push(text));
    const note: Note = (what) => void this.heard.push(what);
    this.#setup = (io) => {
      io.on("connection", (socket) => register(socket, note, io) as undefined);
    };
    this.#options = options;
    this.server = new SleepyServer(this.#setup, options);
    t.after(() => this.server.io._sleep.reasons.clear());
  }

  async join(): Promise<InMemoryClient> {
    const client = this.server.connect();
    this.clients.push(client);
    await settled();
    return client;
  }

  /** Nothing keeps it awake. */
  async sleep(): Promise<void> {
    await settled();
    assert.deepEqual(this.reasons, []);
    this.sleepAnyway();
  }

  sleepAnyway(): void {
    this.server.io._sleep.reasons.clear();
    this.server = new SleepyServer(this.#setup, this.#options, this.clients);
  }

  get reasons(): string[] {
    return this.server.io.awakeReasons.map(({ what }) => what);
  }

  /** What is heard of events, asleep before each of them or not. */
  async hear(client: InMemoryClient, events: readonly string[], isAsleep: boolean) {
    this.heard.length = 0;
    for (const event of events) {
      if (isAsleep) await this.sleep();
      client.emit(`42${JSON.stringify([event])}`);
      await settled();
      await this.server.runtime.keeper.settled;
      await settled();
    }
    return this.heard.splice(0);
  }
}

/** What connection listeners do, and the events that clients send. */
const CASES: Record<string, [Register, string[]]> = {
  "off, of a listener that takes itself off": [
    (socket, note) => {
      const vote = () => {
        note("voted");
        socket.off("vote", vote);
      };
      socket.on("vote", vote);
    },
    ["vote", "vote", "vote"],
  ],
  once: [(socket, note) => socket.once("ready", () => note("ready")), ["ready", "ready", "ready"]],
  "once that has fired, before it was replayed again": [
    (socket, note) => {
      socket.once("ready", () => note("ready"));
      socket.on("other", () => note("other"));
    },
    ["ready", "other", "other", "ready"],
  ],
  "several of one text, one after another": [
    (socket, note) => {
      const off: (() => void)[] = [];
      for (const name of ["a", "b", "c"]) {
        const hear = () => note(name);
        off.push(() => socket.off("x", hear));
        socket.on("x", hear);
      }
      for (const at of [1, 0, 2]) socket.on(`off ${at}`, () => off[at]?.());
    },
    ["x", "off 1", "x", "off 0", "x", "off 2", "x"],
  ],
  "one function several times, and in front": [
    (socket, note) => {
      const twice = () => note("twice");
      const first = () => note("first");
      socket.on("x", twice);
      socket.on("x", () => note("between"));
      socket.on("x", twice);
      socket.prependListener("x", first);
      socket.on("off", () => socket.off("x", twice));
      socket.on("off first", () => socket.removeListener("x", first));
    },
    ["x", "off", "x", "off first", "x", "off", "x"],
  ],
  "removeAllListeners of one event, and of all": [
    (socket, note) => {
      for (const event of ["x", "y"]) {
        socket.on(event, () => note(event));
        socket.once(event, () => note(`${event} once`));
      }
      socket.on("clear x", () => socket.removeAllListeners("x"));
      socket.on("clear", () => {
        socket.removeAllListeners();
        note("cleared");
      });
    },
    ["y", "clear x", "x", "y", "clear", "y", "clear"],
  ],
  "listeners for everything": [
    (socket, note) => {
      const second = () => note("second");
      const out = (event: string) => note(`out ${event}`);
      socket.onAny(() => note("first"));
      socket.prependAny(second);
      socket.onAnyOutgoing(out);
      socket.on("off", () => socket.offAny(second));
      socket.on("off out", () => socket.offAnyOutgoing(out));
      socket.on("off all", () => socket.offAny());
      socket.on("x", () => socket.emit("y"));
    },
    ["x", "off", "x", "off out", "x", "off all", "x"],
  ],
  "what the connection listener removes itself, at once or later": [
    async (socket, note) => {
      const early = () => note("early");
      socket.on("x", early);
      socket.off("x", early);
      socket.on("x", early);
      await settle();
      socket.off("x", early);
      socket.on("x", () => note("late"));
    },
    ["x", "x", "x"],
  ],
  "a listener of a text that data asks for, when another is due": [
    (socket, note) => {
      if (socket.data.user) socket.on("message", () => note("chat"));
      else {
        socket.once("message", () => {
          note("user");
          socket.data.user = true;
          socket.registersAgain(() => socket.on("message", () => note("chat")));
        });
      }
    },
    ["message", "message", "message"],
  ],
  "the same listener, asked for again": [
    (socket, note) => {
      const wait = () => socket.once("go", () => note("gone"));
      wait();
      socket.on("again", () => void socket.registersAgain(wait));
    },
    ["go", "go", "again", "go", "go"],
  ],
  "a loop over events that never ends, and its echo": [
    async (socket, note) => {
      socket.once("ready", () => note("ready"));
      socket.onAnyOutgoing((_event, what) => note(`sent ${what}`));
      await settle();
      for await (const _ of on(socket as unknown as EventEmitter, "x")) socket.emit("y", "x");
    },
    ["x", "ready", "x", "ready", "x"],
  ],
  "an event that is waited for, and has not come": [
    async (socket, note) => {
      socket.on("x", () => note("x"));
      await once(socket as unknown as EventEmitter, "never");
    },
    ["x", "x"],
  ],
  "the listeners that others take off": [
    (socket, note, io) => {
      socket.on("x", () => note("x"));
      socket.on("off", () => {
        for (const other of io.sockets.sockets.values()) other.removeAllListeners("x");
      });
    },
    ["x", "off", "x", "x"],
  ],
};

for (const [what, [register, events]] of Object.entries(CASES)) {
  test(`a sleep before every event, of one and of all: ${what}`, async (t) => {
    const awake = new World(t, register);
    const expected = await awake.hear(await awake.join(), events, false);
    assert.ok(expected.length > 0);
    const asleep = new World(t, register);
    const client = await asleep.join();
    assert.deepEqual(await asleep.hear(client, events, true), expected);
    // They stay away, however often it sleeps without anybody needing them.
    const once = new World(t, register);
    const other = await once.join();
    const half = Math.ceil(events.length / 2);
    const heard = await once.hear(other, events.slice(0, half), false);
    for (let i = 0; i < 3; i++) await once.sleep();
    heard.push(...(await once.hear(other, events.slice(half), false)));
    assert.deepEqual(heard, expected);
    assert.deepEqual([...asleep.server.errors, ...asleep.warnings], []);
  });
}

const emitterOf = (socket: Socket): EventEmitter => socket as unknown as EventEmitter;

/** What a connection listener has waited for, and would again. */
const AWAITED: Record<string, [Register, string]> = {
  "by once of node:events": [
    async (socket) => {
      await once(emitterOf(socket), "go");
      socket.on("x", () => {});
    },
    'socket.on("go") awaited',
  ],
  "by a promise": [
    async (socket) => {
      await new Promise((resolve) => socket.once("go", resolve));
      socket.on("x", () => {});
    },
    'socket.on("go") awaited',
  ],
  "by a loop that ends": [
    async (socket) => {
      for await (const _ of on(emitterOf(socket), "go")) break;
      socket.on("x", () => {});
    },
    'socket.on("go") awaited',
  ],
  "for others, by a promise that an event's handler awaits": [
    (socket) => {
      const ready = new Promise((resolve) => socket.once("go", resolve));
      socket.on("x", () => ready as Promise<undefined>);
    },
    'socket.on("go") awaited',
  ],
  "for others, by once of node:events": [
    (socket) => {
      const ready = once(emitterOf(socket), "go");
      socket.on("x", () => ready as unknown as undefined);
    },
    'socket.on("go") awaited',
  ],
  // Not its connection listener.
  "and an event's handler adds a listener meanwhile": [
    async (socket) => {
      socket.on("go", () => socket.on("x", () => {}));
      await once(emitterOf(socket), "never");
    },
    'socket.on("x")',
  ],
};

for (const [what, [register, reason]] of Object.entries(AWAITED)) {
  test(`a connection listener that waits for an event ${what}: the object stays awake when it came`, async (t) => {
    const world = new World(t, register);
    const client = await world.join();
    client.emit('42["go"]');
    await settled();
    await world.server.runtime.keeper.settled;
    await settled();
    assert.deepEqual(world.reasons, [reason]);
    client.leave();
    await settled();
    assert.deepEqual([world.reasons, world.server.errors], [[], []]);
  });
}

test("a bound function that hears once while the connection listener goes on is no reason", async (t) => {
  const world = new World(t, async (socket) => {
    const player = { ready(): void {} };
    socket.once("go", player.ready.bind(player));
    await once(emitterOf(socket), "never");
  });
  const client = await world.join();
  client.emit('42["go"]');
  await world.sleep();
  await world.sleep();
});

/** Which of the listeners had been removed cannot be told. */
test("another number of the same listeners after a sleep: all are there, and it is told of", async (t) => {
  const world = new World(t, (socket, note) => {
    for (let i = 0; i < (socket.restored ? 3 : 2); i++) socket.once("x", () => note(i));
  });
  const client = await world.join();
  assert.deepEqual(await world.hear(client, ["x", "x"], false), [0, 1]);
  assert.deepEqual(await world.hear(client, ["x"], true), [0, 1, 2]);
  assert.deepEqual(world.warnings.length, 1);
  assert.match(world.warnings[0] ?? "", /there again that had been removed/);
});

test("what is removed of a socket is nothing that others have, and goes with it", async (t) => {
  const world = new World(t, (socket, note) => {
    socket.once("x", () => note("x"));
  });
  const [ada, bob] = [await world.join(), await world.join()];
  assert.deepEqual(await world.hear(ada, ["x", "x"], true), ["x"]);
  assert.deepEqual(await world.hear(bob, ["x", "x"], true), ["x"]);
  const untouched = await world.join();
  await settled();
  assert.equal(JSON.stringify(untouched.snapshot?.glue).includes("removed"), false);
  assert.equal(JSON.stringify(ada.snapshot?.glue).includes("removed"), true);
});
