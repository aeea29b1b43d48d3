// After a sleep only those clients are brought back whom an event touches, and nobody can tell.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { io, type Socket } from "socket.io-client";
import { startWorker } from "../../support/miniflare.ts";

const worker = await startWorker({
  entry: new URL("restore-on-demand.worker.ts", import.meta.url),
  classes: {
    SLEEPY: "Sleepy",
    RECOVERING: "Recovering",
    WATCHING: "Watching",
    BEATING: "Beating",
    HASTY: "Hasty",
    NAMING: "Naming",
    LISTING: "Listing",
  },
  compatibilityFlags: ["nodejs_als"],
  bindings: { DEBUG: "dormouse:host" },
});
const rooms: Room[] = [];
after(async () => {
  for (const room of rooms) room.close();
  await worker.stop();
});

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** How many arguments events have. */
const ARGUMENTS: Record<string, number> = {
  all: 1,
  whispered: 1,
  said: 2,
  left: 2,
  room: 2,
  question: 0,
};

/** An object with clients that have names. */
class Room {
  readonly #kind: string;
  readonly #name: string;
  readonly #clients = new Map<string, Socket>();
  /** What each client has heard: names and arguments of events. */
  readonly heard = new Map<string, unknown[][]>();
  /** Names by ids. */
  readonly #owners = new Map<unknown, string>();
  #seenOutput = 0;

  constructor(kind: string) {
    this.#kind = kind;
    this.#name = `object-${rooms.length}`;
    rooms.push(this);
  }

  static async with(kind: string, count: number): Promise<Room> {
    const room = new Room(kind);
    for (let at = 0; at < count; at++) await room.connect(`c${at}`);
    return room;
  }

  /** Leads requests to it. */
  get key(): string {
    return `${this.#kind}.${this.#name}`;
  }

  get names(): string[] {
    return [...this.#clients.keys()];
  }

  client(name: string): Socket {
    return this.#clients.get(name) as Socket;
  }

  async connect(name: string, namespace = "/"): Promise<void> {
    const [owner = ""] = name.split("@");
    const manager = this.#clients.get(owner)?.io;
    const options = { query: { room: this.key }, auth: { name } };
    const socket =
      manager === undefined
        ? io(worker.url + namespace, { ...options, transports: ["websocket"], forceNew: true })
        : manager.socket(namespace, options);
    const log: unknown[][] = [];
    this.#clients.set(name, socket);
    this.heard.set(name, log);
    socket.on("disconnect", (reason) => log.push(["disconnect", reason]));
    socket.onAny((event, ...args) => {
      const ack = typeof args.at(-1) === "function" ? args.pop() : undefined;
      ack?.(name);
      // Where clients may recover, there is an offset behind.
      const told = args.slice(0, ARGUMENTS[event]);
      log.push([event, ...told.map((value) => this.#owners.get(value) ?? value)]);
    });
    if (manager === undefined) socket.io.reconnection(false);
    if (!socket.connected) await once(socket as never, "connect");
    this.#owners.set(socket.id, name);
  }

  /** The client goes, or is gone. */
  forget(name: string): void {
    this.client(name).disconnect();
    this.#clients.delete(name);
  }

  do(name: string, deed: string, ...args: unknown[]): Promise<unknown> {
    return this.client(name)
      .timeout(30_000)
      .emitWithAck(deed, ...args);
  }

  /** Everything that was sent to anybody has come. */
  async settle(): Promise<void> {
    for (const name of this.names) {
      if (this.client(name).connected) await this.do(name, "echo", 1).catch(() => {});
      else this.#clients.delete(name);
    }
  }

  async sleep(): Promise<void> {
    await worker.evict(this.#name, "hibernate", this.#kind.toUpperCase()).catch((error: Error) => {
      // It is asleep already.
      if (!error.message.includes("not currently running")) throw error;
    });
    this.#seenOutput = worker.output.length;
  }

  /** How many were brought back since the last sleep, at each time when any were. */
  get woken(): number[] {
    const lines = worker.output.slice(this.#seenOutput).matchAll(/wake: (\d+) connections/g);
    return Array.from(lines, ([, count]) => Number(count)).filter((count) => count > 0);
  }

  close(): void {
    for (const client of this.#clients.values()) client.disconnect();
  }
}

/** One of them leaves in between. */
const COUNT = 12;
const ROOM = await Room.with("sleepy", COUNT);
const idOf = (name: string): string => ROOM.client(name).id as string;

/** What one client has done, and how many come back for it. */
const DEEDS: [deed: string, args: () => unknown[], woken: number[]][] = [
  ["echo", () => ["back"], [1]],
  ["join", () => ["room 1"], [1]],
  ["leave", () => ["room 1"], [1]],
  ["set", () => [7], [1]],
  ["get", () => [], [1]],
  ["ask", () => [], [1]],
  ["own", () => [], [1]],
  ["whisper", () => [idOf("c3")], [1, 1]],
  ["whisper", () => [idOf("c5")], [1]],
  ["say", () => [idOf("c3")], [1, 1]],
  ["other", () => [idOf("c3")], [1, 1]],
  ["in", () => [idOf("c3")], [1, 1]],
  ["gather", () => [idOf("c3")], [1, 1]],
  ["move", () => [idOf("c3"), "room 3"], [1, 1]],
  ["kick", () => [idOf("c11")], [1, 1]],

  ["whisper", () => ["A".repeat(20)], [1, COUNT - 2]],
  ["say", () => ["room 1"], [1, COUNT - 2]],
  ["all", () => [], [1, COUNT - 2]],
  ["who", () => [], [1, COUNT - 2]],
  ["present", () => [], [1, COUNT - 2]],
  ["in", () => ["room 1"], [1, COUNT - 2]],
  ["rooms", () => [], [1, COUNT - 2]],
  ["sids", () => [], [1, COUNT - 2]],
  ["count", () => [], [1, COUNT - 2]],
  ["clients", () => [], [1, COUNT - 2]],
  ["gather", () => ["room 1"], [1, COUNT - 2]],
  ["move", () => ["room 1", "room 2"], [1, COUNT - 2]],
  ["namespaces", () => [], [1, COUNT - 2]],
  ["stats", () => [], [1, COUNT - 2]],
  // The application's alarm must not take the place of one that is not known.
  ["alarm", () => [], [1, COUNT - 2]],
];

test("whom an event brings back", async () => {
  for (const [deed, args, woken] of DEEDS) {
    await ROOM.sleep();
    await ROOM.do("c5", deed, ...args());
    assert.deepEqual(ROOM.woken, woken, deed);
  }
  assert.equal(ROOM.client("c11").connected, false);
  await ROOM.settle();
  assert.ok(ROOM.names.every((name) => ROOM.client(name).connected));
});

test("an event that touches one client, or another by its id, asks the platform for no list of all", async () => {
  const room = await Room.with("listing", 5);
  const listings = async (): Promise<unknown> => {
    // What the server counts of itself is kept a moment after the event.
    await pause(50);
    return room.do("c1", "listings");
  };
  for (const [deed, ...args] of [["echo"], ["join", "room 1"], ["whisper", room.client("c3").id]]) {
    await room.sleep();
    await room.do("c1", deed as string, ...args);
    assert.equal(await listings(), 0, deed);
  }
  await room.sleep();
  await room.do("c1", "all");
  assert.notEqual(await listings(), 0);
});

test("where clients may recover their sessions it is the same", async () => {
  const room = await Room.with("recovering", 10);
  for (const [deed, woken] of [
    ["echo", [1]],
    ["join", [1]],
    ["set", [1]],
    ["all", [1, 9]],
  ] as const) {
    await room.sleep();
    await room.do("c5", deed, "room 1");
    assert.deepEqual(room.woken, woken, deed);
  }
});

test("one after the other, each comes back once; in between they go on sleeping", async () => {
  await ROOM.sleep();
  for (const name of ["c7", "c2", "c7", "c9"]) await ROOM.do(name, "echo", name);
  assert.deepEqual(ROOM.woken, [1, 1, 1]);
  // In the order in which they came, whoever was needed first.
  const { names } = ROOM;
  assert.deepEqual(await ROOM.do("c2", "who"), names);
  assert.deepEqual(await ROOM.do("c2", "present"), names);
  assert.deepEqual(ROOM.woken, [1, 1, 1, COUNT - 4]);
});

test("a client that joins a second namespace wakes nobody else; a name that is new, everybody", async () => {
  await ROOM.connect("c1@team", "/team-1");
  await ROOM.sleep();
  await ROOM.do("c1@team", "echo", 1);
  assert.deepEqual(ROOM.woken, [1]);
  await ROOM.sleep();
  // Whether there is such a namespace is known by those who are in it.
  await ROOM.connect("c2@team", "/team-1");
  assert.deepEqual(ROOM.woken, [1, COUNT - 2]);
  await ROOM.sleep();
  await ROOM.do("c4", "team", "/team-1");
  for (const name of ["c1@team", "c2@team"]) {
    await ROOM.do(name, "echo", 1);
    assert.deepEqual(ROOM.heard.get(name), [["team", "/team-1"]]);
  }
  ROOM.forget("c1@team");
  ROOM.forget("c2@team");
});

test("a newcomer is told of a heartbeat that is everybody's; a close concerns only its client", async () => {
  await ROOM.sleep();
  await ROOM.connect("guest");
  assert.deepEqual(ROOM.woken, [COUNT - 1]);
  await ROOM.do("guest", "join", "room 9");
  await ROOM.do("c6", "join", "room 9");
  await ROOM.sleep();
  await ROOM.do("c0", "echo", 1);
  // Somebody is awake: nobody else is needed.
  await ROOM.connect("another");
  assert.deepEqual(ROOM.woken, [1]);
  ROOM.forget("another");
  await ROOM.sleep();
  const left = once(ROOM.client("c6") as never, "left");
  ROOM.forget("guest");
  assert.deepEqual(await left, ["guest", ["room 9"]]);
  assert.equal(ROOM.woken[0], 1);
  assert.deepEqual(await ROOM.do("c6", "in", "room 9"), ["c6"]);
});

test("heartbeats are everybody's, whoever was awake before: nobody is lost over many", async () => {
  const room = await Room.with("beating", 10);
  for (let round = 0; round < 3; round++) {
    await room.sleep();
    // What was sent before has come.
    await pause(50);
    // One is awake when the alarm comes, or nobody.
    if (round > 0) await room.do("c3", "echo", round);
    const pings = room.names.map((name) => once(room.client(name).io.engine as never, "ping"));
    await Promise.all(pings);
  }
  assert.ok(room.names.every((name) => room.client(name).connected));
});

test("the time of one who sleeps runs out, though others are awake who have more of it", async () => {
  const room = await Room.with("hasty", 10);
  const url = `${worker.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket&room=${room.key}`;
  const idle = new WebSocket(url);
  await once(idle, "message");
  assert.equal(await room.do("c0", "clients"), 11);
  await room.sleep();
  await room.do("c3", "echo", 1);
  await room.sleep();
  await room.do("c4", "echo", 1);
  assert.deepEqual(room.woken, [1]);
  const end = Date.now() + 60_000;
  while (room.woken.length < 2 && Date.now() < end) await pause(10);
  assert.deepEqual(room.woken, [1, 10]);
  // The alarm may have been set for the first who came, who has joined in time.
  while ((await room.do("c4", "clients")) !== 10 && Date.now() < end) await pause(10);
  assert.equal(await room.do("c4", "clients"), 10);
  idle.close();
  assert.ok(room.names.every((name) => room.client(name).connected));
});

test("what is counted is whole, wherever it was kept: also by those who never came together", async () => {
  const room = await Room.with("sleepy", 10);
  // Where events are many, what is counted is kept once a second.
  await pause(1_100);
  const before = (await room.do("c0", "stats")) as Record<string, number>;
  for (const name of ["c1", "c2", "c1", "c3", "c4"]) {
    await room.sleep();
    await room.do(name, "echo", 1);
    assert.deepEqual(room.woken, [1]);
  }
  await room.sleep();
  room.forget("c1");
  await pause(50);
  await room.sleep();
  const { wakes, ...stats } = (await room.do("c5", "stats")) as Record<string, number> & {
    wakes: Record<string, number>;
  };
  const naps = (before.naps as number) + 7;
  // Six echoes and this question; the namespace's DISCONNECT is a message, too.
  const messages = (before.messages as number) + 5 + 1 + 1;
  assert.deepEqual(stats, { naps, messages, requests: 10, isSane: true });
  assert.equal(
    Object.values(wakes).reduce((sum, count) => sum + count),
    7,
  );
});

test("what is counted costs a newcomer no attachment of its own", async () => {
  const seen: unknown[] = [];
  const isWanted = (counts: unknown) => isDeepStrictEqual(counts, [2, 0]);
  // Since the object was made. On a busy machine its alarm is set meanwhile, which is counted.
  for (const end = Date.now() + 60_000; !seen.some(isWanted); ) {
    assert.ok(Date.now() < end, JSON.stringify(seen));
    const room = await Room.with("sleepy", 1);
    seen.push(await room.do("c0", "attachments"));
    room.close();
  }
});

test("who listens for rooms that begin and end hears of them as if nobody had slept", async () => {
  const room = await Room.with("watching", 10);
  await room.do("c0", "join", "room 1");
  await room.sleep();
  await room.do("c1", "join", "room 1");
  await room.sleep();
  await room.do("c0", "leave", "room 1");
  await room.sleep();
  await room.do("c1", "leave", "room 1");
  await room.settle();
  const told = room.heard.get("c5")?.filter(([, , name]) => name === "room 1");
  assert.deepEqual(told, [
    ["room", "begins", "room 1"],
    ["room", "ends", "room 1"],
  ]);
});

test("code that another object calls does not take that one's clients for its own", async () => {
  const [here, there] = [await Room.with("sleepy", 3), await Room.with("sleepy", 3)];
  await here.sleep();
  await here.do("c0", "echo", 1);
  await there.do("c1", "bus");
  await there.settle();
  for (const name of there.names) {
    assert.deepEqual(there.heard.get(name), [["bus", "from elsewhere"]]);
  }
  assert.deepEqual(await here.do("c1", "who"), ["c0", "c1", "c2"]);
});

test("once somebody has joined the room of another's id, everybody comes back for such a room", async () => {
  for (const kind of ["sleepy", "recovering"]) {
    const room = await Room.with(kind, 6);
    const id = room.client("c1").id as string;
    await room.do("c2", "join", room.client("c2").id);
    await room.sleep();
    // What no socket has that is here is looked for among all.
    await room.do("c0", "join", ROOM.client("c1").id);
    await room.do("c0", "whisper", ROOM.client("c1").id);
    await room.do("c0", "whisper", id);
    assert.deepEqual(room.woken, [1, 5], kind);
    await room.do("c2", "join", id);
    for (let round = 0; round < 2; round++) {
      await room.sleep();
      await room.do("c0", "whisper", id);
      assert.deepEqual(room.woken, [1, 5], kind);
    }
    assert.deepEqual(await room.do("c0", "in", id), ["c1", "c2"]);
    await room.settle();
    if (kind === "sleepy") {
      // The application empties its storage.
      await room.sleep();
      await room.do("c4", "wipe");
      await room.sleep();
      assert.deepEqual(await room.do("c0", "in", id), ["c1", "c2"]);
      assert.deepEqual(room.woken, [1, 5]);
    }
    const whispers = [
      ["whispered", "c0"],
      ["whispered", "c0"],
      ["whispered", "c0"],
    ];
    assert.deepEqual(room.heard.get("c1"), whispers);
    assert.deepEqual(room.heard.get("c2"), whispers.slice(1));
  }
});

test("what an application makes of ids: by generateId, in a middleware, after a recovery", async () => {
  const room = await Room.with("naming", 6);
  await room.sleep();
  await room.do("c0", "whisper", room.client("c1").id);
  // Nothing says whose the id is.
  assert.deepEqual(room.woken, [1, 5]);
  await room.settle();
  assert.deepEqual(room.heard.get("c1"), [["whispered", "c0"]]);
  // One has taken the id of another.
  const taken = room.client("c1").id as string;
  await room.connect(`as ${taken}`);
  await room.sleep();
  await room.do("c0", "whisper", taken);
  await room.settle();
  assert.deepEqual(room.heard.get(`as ${taken}`), [["whispered", "c0"]]);
  assert.deepEqual(room.heard.get("c1"), [["whispered", "c0"]]);
});

/** Numbers below `limit`, the same ones for the same seed. */
function makeRandom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

type Step = (room: Room) => Promise<unknown>;

/** What may happen next among these clients. */
function nextStep(
  names: readonly string[],
  random: (limit: number) => number,
  joinsIds: boolean,
): Step {
  const one = names[random(names.length)] as string;
  const other = names[random(names.length)] as string;
  const place = `room ${random(3)}`;
  const elsewhere = `room ${random(3)}`;
  const value = random(100);
  const newcomer = `n${random(1_000_000)}`;
  const id = (room: Room): string => room.client(other).id as string;
  const steps: Step[] = [
    (room) => room.do(one, "echo", place),
    (room) => room.do(one, "join", place),
    (room) => room.do(one, "join", elsewhere),
    (room) => room.do(one, "leave", place),
    (room) => room.do(one, "set", value),
    (room) => room.do(one, "get"),
    (room) => room.do(one, "ask"),
    (room) => room.do(one, "say", place),
    (room) => room.do(one, "all"),
    (room) => room.do(one, "whisper", id(room)),
    (room) => room.do(one, "other", id(room)),
    (room) => room.do(one, "who"),
    (room) => room.do(one, "in", place),
    (room) => room.do(one, "rooms"),
    (room) => room.do(one, "count"),
    (room) => room.do(one, "sum"),
    (room) => room.do(one, "gather", place),
    (room) => room.do(one, "gather", id(room)),
    (room) => room.do(one, "say", id(room)),
    (room) => room.do(one, "in", id(room)),
    (room) => room.do(one, "leave", id(room)),
    (room) => room.do(one, "move", place, elsewhere),
    (room) => room.do(one, "move", id(room), elsewhere),
    ...(joinsIds ? [(room: Room) => room.do(one, "join", id(room))] : []),
    (room) => room.do(one, "namespaces"),
  ];
  const kick: Step = async (room) => {
    // In its room there may be who kicks.
    if (one === other || joinsIds) return;
    await room.do(one, "kick", id(room));
    while (room.client(other).connected) await pause(1);
  };
  const close: Step = async (room) => {
    room.forget(one);
    // It is gone for the server once somebody else hears that it is one less.
    const rest = room.names.length;
    const [first = ""] = room.names;
    while (((await room.do(first, "count")) as number[])[0] !== rest);
  };
  if (names.length > 8 && random(10) === 0) return random(2) === 0 ? kick : close;
  if (names.length < 14 && random(6) === 0) return (room) => room.connect(newcomer);
  return steps[random(steps.length)] as Step;
}

const IS_LONG = process.env.DORMOUSE_LONG !== undefined;
const STEPS = IS_LONG ? 60 : 20;
const KINDS = ["sleepy", "recovering", "watching"];
const RUNS = Array.from(
  { length: IS_LONG ? 24 : 3 },
  (_, seed) => [KINDS[seed % 3] ?? "", seed] as const,
);

for (const [kind, seed] of RUNS) {
  test(`asleep before everything that happens, or never: the same (${kind}, ${seed})`, async () => {
    const random = makeRandom(seed);
    const [asleep, awake] = [await Room.with(kind, 10), await Room.with(kind, 10)];
    for (let at = 0; at < STEPS; at++) {
      const step = nextStep(awake.names, random, seed % 2 === 1);
      const expected = await step(awake);
      await asleep.sleep();
      assert.deepEqual(await step(asleep), expected, `step ${at}`);
      await awake.settle();
      await asleep.settle();
      assert.deepEqual(asleep.names, awake.names);
      for (const name of awake.names) {
        assert.deepEqual(asleep.heard.get(name), awake.heard.get(name), `${name}, step ${at}`);
      }
    }
  });
}
