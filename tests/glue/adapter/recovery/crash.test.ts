// What a crash costs that loses the last batch of the journal: the sessions of those whom it may concern.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Call } from "../../../../glue/adapter/calls/calls.ts";
import { performAll } from "../../../../glue/adapter/calls/perform.ts";
import { PerformedCalls } from "../../../../glue/adapter/calls/performed-calls.ts";
import { RecentTargets } from "../../../../glue/adapter/recovery/at-risk.ts";
import type { ServerOptions } from "../../../../glue/socket.io/server/options.ts";
import { Random } from "../../../soak/random.ts";
import { CountedStorage, diskOf } from "../../../support/counted-storage.ts";
import { type InMemoryClient, InMemoryServer } from "../../../support/in-memory.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));

function start(storage: CountedStorage, recovery: ServerOptions["connectionStateRecovery"] = {}) {
  const setup = (io: InMemoryServer["io"]) => {
    io.on("connection", (socket) => {
      if (!socket.recovered) socket.join(socket.handshake.auth.rooms);
    });
  };
  return new InMemoryServer(setup, { connectionStateRecovery: recovery }, [], storage);
}

/** A client as it knows itself, over all of its connections. */
class Person {
  readonly rooms: string[];
  client: InMemoryClient | undefined;
  sid = "";
  pid: string | undefined;
  offset: string | undefined;
  readonly got: number[] = [];

  constructor(rooms: string[]) {
    this.rooms = rooms;
  }

  /** Takes the frames that came; `limit`: the connection ends after so many. */
  read(limit = Number.POSITIVE_INFINITY): void {
    for (const frame of (this.client?.take() ?? []).slice(0, limit)) {
      const text = String(frame);
      if (text.startsWith("40")) Object.assign(this, JSON.parse(text.slice(2)));
      if (!text.startsWith("42")) continue;
      const [, number, offset] = JSON.parse(text.slice(2));
      this.got.push(number);
      this.offset = offset;
    }
  }

  async connect(server: InMemoryServer): Promise<void> {
    const { rooms, pid, offset } = this;
    this.client = server.connect("/", { rooms, pid, offset });
    await settle();
    this.read();
  }

  /** Returns whether it is the session that it was. */
  async comeBack(server: InMemoryServer): Promise<boolean> {
    const { sid } = this;
    await this.connect(server);
    return this.sid === sid;
  }
}

test("only who may have missed something of the last batch begins anew", async ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const storage = new CountedStorage();
  const server = start(storage);
  const [busy, quiet, away] = [["busy"], ["quiet"], ["quiet"]].map((rooms) => new Person(rooms));
  for (const person of [busy, quiet, away] as Person[]) await person.connect(server);
  server.io.to("quiet").emit("number", -1);
  for (const person of [busy, quiet, away] as Person[]) person.read();
  away?.client?.leave();
  server.io.to("quiet").emit("number", -2);
  const pass = async (milliseconds: number) => {
    for (let passed = 0; passed < milliseconds; passed += 5) {
      server.io.to("busy").emit("number", passed);
      await settle();
      mock.timers.tick(5);
    }
  };
  // Nothing was sent to the others for so long.
  await pass(11_050);
  const epoch = quiet?.offset?.slice(0, 6) as string;
  const numberOf = (offset = "") => Number.parseInt(offset.slice(6), 36);
  for (const person of [busy, quiet] as Person[]) person.read();
  const highest = numberOf(busy?.offset);
  // In the middle of a batch.
  const after = start(diskOf(storage));
  const told: unknown[] = [];
  after.io.of("/").adapter.on("expire-session", (id) => told.push(id));
  assert.equal(await busy?.comeBack(after), false);
  assert.equal(await quiet?.comeBack(after), true);
  assert.equal(await away?.comeBack(after), true);
  assert.deepEqual(away?.got, [-1, -2]);
  after.io.emit("number", 0);
  for (const person of [busy, quiet, away] as Person[]) {
    person.read();
    // The same history, and no number twice.
    assert.ok(person.offset?.startsWith(epoch));
    assert.ok(numberOf(person.offset) > highest);
    person.client?.leave();
    assert.equal(await person.comeBack(after), true);
  }
  assert.deepEqual(after.errors, []);
});

test("those who begin anew after a crash are told of, and nobody else", async ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const storage = new CountedStorage();
  const server = start(storage);
  const [busy, quiet] = [new Person(["busy"]), new Person(["quiet"])];
  await Promise.all([busy.connect(server), quiet.connect(server)]);
  for (let passed = 0; passed < 2_050; passed++) {
    server.io.to("busy").emit("number", passed);
    await settle();
    mock.timers.tick(1);
  }
  const told: unknown[] = [];
  const setup = (io: InMemoryServer["io"]) => {
    io.of("/").adapter.on("expire-session", (id) => told.push(id));
  };
  const options = { connectionStateRecovery: {} };
  new InMemoryServer(setup, options, [], diskOf(storage));
  assert.deepEqual(told, [busy.sid]);
});

test("a crash costs nothing of what begins after it, also if nothing is sent until the next one", async ({
  mock,
}) => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const storage = new CountedStorage();
  const server = start(storage);
  const person = new Person(["room"]);
  await person.connect(server);
  for (let count = 0; count < 5; count++) {
    server.io.emit("number", count);
    await settle();
    mock.timers.tick(1);
  }
  let after = start(diskOf(storage));
  assert.equal(await person.comeBack(after), false);
  for (let crash = 0; crash < 3; crash++) {
    mock.timers.tick(1_000);
    await settle();
    after = start(diskOf(after.storage as CountedStorage));
    assert.equal(await person.comeBack(after), true);
  }
});

test("a thousand packets a second to ever other rooms: no more rows", async ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  for (const room of [
    (number: number) => `room-${number}`,
    (number: number) => `room-${number % 7}`,
    (number: number) => (number % 500 === 250 ? `room-${number}` : "room"),
    // After a pause, with somebody new as soon as it is said who is concerned.
    (number: number) => (number % 1_000 === 2 ? `new-${number}` : "room"),
  ]) {
    const storage = new CountedStorage();
    const server = start(storage);
    const pass = async (milliseconds: number, each: (passed: number) => void) => {
      for (let passed = 0; passed < milliseconds; passed++) {
        each(passed);
        await settle();
        mock.timers.tick(1);
      }
    };
    await pass(2_000, (passed) => {
      if (passed % 100 === 0) server.io.to("room").emit("number", 0);
    });
    for (let second = 0; second < 3; second++) {
      await pass(300, () => {});
      storage.writes.length = 0;
      await pass(1_000, (passed) => server.io.to(room(1_000 * second + passed)).emit("number", 0));
      await pass(300, () => {});
      assert.ok(storage.writes.length <= 12, `${storage.writes.length} rows`);
    }
  }
});

test("the first packet after a start is written before it is sent: its number is not given out again", async () => {
  const storage = new CountedStorage();
  const given = new Set<string>();
  start(storage).io.emit("number", -1);
  await settle();
  for (let life = 0; life < 4; life++) {
    const server = start(diskOf(storage));
    const person = new Person(["room"]);
    await person.connect(server);
    const disk = server.storage as CountedStorage;
    server.io.emit("number", life);
    person.read();
    assert.ok(!given.has(person.offset as string));
    given.add(person.offset as string);
    // In that very turn.
    for (const [key, value] of diskOf(disk).list("")) storage.put(key, value);
  }
});

test("many packets in one turn do not outrun what is reserved", async () => {
  const storage = new CountedStorage();
  const server = start(storage);
  const person = new Person(["room"]);
  await person.connect(server);
  for (let number = 0; number < 5_000; number++) server.io.emit("number", number);
  const disk = diskOf(storage);
  person.read();
  const highest = Number.parseInt(person.offset?.slice(6) as string, 36);
  const after = start(disk);
  assert.equal(await person.comeBack(after), false);
  after.io.emit("number", 0);
  person.read();
  assert.ok(Number.parseInt(person.offset?.slice(6) as string, 36) > highest);
});

test("who is concerned: those of the last ten seconds, and everybody while there is somebody new", () => {
  const targets = new RecentTargets();
  const note = (key: string, now: number) => targets.note([key], now);
  assert.equal(note("a", 0), false);
  targets.written = targets.atRisk(10);
  assert.equal(note("b", 20), true);
  assert.equal(targets.atRisk(500), "everybody");
  targets.written = targets.atRisk(1_020);
  assert.deepEqual(targets.atRisk(1_020), ["a", "b"]);
  assert.deepEqual([note("a", 1_030), note("c", 1_030)], [true, false]);
  assert.equal(targets.atRisk(1_031), "everybody");
  assert.deepEqual(targets.atRisk(10_500), ["a", "c"]);
  for (let count = 0; count < 100; count++) note(`many-${count}`, 70_000);
  assert.equal(targets.atRisk(70_001), "everybody");
  // Of very many, those beyond the first are nobody's key: to name them all would take up the row.
  const named = targets.atRisk(71_500);
  assert.ok(named !== "everybody" && named.length > 0 && named.length <= 64, `${named.length}`);
  assert.equal(note("many-99", 71_600), false);
  assert.equal(targets.atRisk(71_601), "everybody");
  note("x".repeat(3_000), 200_000);
  assert.equal(targets.atRisk(202_000), "everybody");
});

// --- a model -------------------------------------------------------------------------------------------

const ROOMS = ["a", "b", "c"];

class Crashes {
  readonly report = { emits: 0, returns: 0, fresh: 0, crashes: 0, cuts: 0 };
  readonly #random: Random;
  readonly #tick: (milliseconds: number) => void;
  readonly #recovery: ServerOptions["connectionStateRecovery"];
  readonly #people: Person[] = [];
  /** What each must have got. */
  readonly #due = new Map<Person, number[]>();
  /** Those who may have missed something in a crash. */
  readonly #concerned = new Set<Person>();
  readonly #away = new Set<Person>();
  /** Sent in the very turn of a crash: they may be missing. */
  readonly #cut = new Set<number>();
  readonly #offsets = new Map<string, number>();
  #server = start(new CountedStorage());
  #number = 0;

  constructor(seed: number, tick: (milliseconds: number) => void, isStrict: boolean) {
    this.#random = new Random(seed);
    this.#tick = tick;
    const durability = isStrict ? "strict" : "batched";
    this.#recovery = { durability, maxDisconnectionDuration: 36_000_000 };
    this.#server = start(new CountedStorage(), this.#recovery);
  }

  async run(steps: number): Promise<void> {
    for (let count = 0; count < 8; count++) {
      const person = new Person(ROOMS.filter(() => this.#random.next() < 0.5));
      this.#people.push(person);
      this.#due.set(person, []);
      await person.connect(this.#server);
    }
    for (let step = 0; step < steps; step++) await this.#step();
    for (const person of this.#people) if (this.#away.has(person)) await this.#comeBack(person);
  }

  async #step(): Promise<void> {
    const chance = this.#random.next();
    const person = this.#random.pick(this.#people);
    if (chance < 0.6) await this.#emit();
    else if (chance < 0.7) await this.#pass();
    else if (chance < 0.8) this.#lose(person);
    else if (chance < 0.95) {
      if (this.#away.has(person)) await this.#comeBack(person);
    } else await this.#crash(chance > 0.99);
  }

  /** Some packets in one turn. */
  #send(): number[] {
    this.report.emits += 1;
    const targets = ["", ...ROOMS, this.#random.pick(this.#people).sid];
    const room = this.#random.pick(targets);
    const numbers = Array.from({ length: 1 + this.#random.below(3) }, () => this.#number++);
    for (const number of numbers) {
      for (const person of this.#people) {
        const isMeant = room === "" || room === person.sid || person.rooms.includes(room);
        if (isMeant) this.#due.get(person)?.push(number);
      }
      (room ? this.#server.io.to(room) : this.#server.io).emit("number", number);
    }
    return numbers;
  }

  async #emit(): Promise<void> {
    this.#send();
    await settle();
    this.#tick(this.#random.below(20));
    for (const person of this.#people) {
      if (!this.#away.has(person)) person.read();
      this.#note(person);
    }
  }

  /** No offset stands for two packets. */
  #note({ offset, got }: Person): void {
    const last = got.at(-1);
    if (offset === undefined || last === undefined) return;
    assert.equal(this.#offsets.get(offset) ?? last, last, `${offset} was given out twice`);
    this.#offsets.set(offset, last);
  }

  async #pass(): Promise<void> {
    this.#tick(this.#random.pick([1, 50, 300, 2_000, 20_000]));
    await settle();
  }

  #lose(person: Person): void {
    if (this.#away.has(person)) return;
    person.read(this.#random.below(3));
    this.#note(person);
    person.client?.leave();
    this.#away.add(person);
  }

  async #comeBack(person: Person): Promise<void> {
    this.report.returns += 1;
    this.#away.delete(person);
    const isRecovered = await person.comeBack(this.#server);
    const due = this.#due.get(person) as number[];
    if (isRecovered) {
      const got = new Set(person.got);
      const expected = due.filter((number) => got.has(number) || !this.#cut.has(number));
      assert.deepEqual(person.got, expected);
    } else {
      this.report.fresh += 1;
      assert.ok(this.#concerned.has(person), "a new session without a reason");
    }
    this.#concerned.delete(person);
    this.#note(person);
    person.got.length = 0;
    due.length = 0;
  }

  /** `isCut`: in the middle of a turn. */
  async #crash(isCut: boolean): Promise<void> {
    this.report.crashes += 1;
    const isPaused = !isCut && this.#random.next() < 0.7;
    if (isPaused) {
      for (let passed = 0; passed < 1_000; passed += 100) {
        this.#tick(100);
        await settle();
      }
    }
    if (isCut) {
      this.report.cuts += 1;
      for (const number of this.#send()) this.#cut.add(number);
    }
    const disk = diskOf(this.#server.storage as CountedStorage);
    for (const person of this.#people) {
      // Of what was sent it got the beginning.
      if (!this.#away.has(person)) person.read(this.#random.below(4));
      this.#note(person);
      this.#away.add(person);
      if (!isPaused) this.#concerned.add(person);
    }
    this.#server = start(disk, this.#recovery);
  }
}

for (const isStrict of [false, true]) {
  const mode = isStrict ? "strict" : "batched";
  test(`random crashes, ${mode}: all or nothing, and no offset twice`, async (context) => {
    context.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
    const seed = Number(process.env.DORMOUSE_SOAK_SEED ?? performance.timeOrigin % 2 ** 31);
    context.diagnostic(`seed ${seed}`);
    const total = { emits: 0, returns: 0, fresh: 0, crashes: 0, cuts: 0 };
    const runs = process.env.DORMOUSE_LONG === undefined ? 12 : 500;
    for (let run = 0; run < runs; run++) {
      const crashes = new Crashes(seed + run, (time) => context.mock.timers.tick(time), isStrict);
      await crashes.run(150);
      for (const key of Object.keys(total) as (keyof typeof total)[]) {
        total[key] += crashes.report[key];
      }
    }
    context.diagnostic(JSON.stringify(total));
    // Where all is written before it is sent, nobody begins anew.
    if (isStrict) assert.equal(total.fresh, 0);
    else assert.ok(total.fresh > 0 && total.fresh < total.returns);
  });
}

test("an emitter's call that is made again, for the object has ended, comes once to who recovers", async () => {
  const strict = { durability: "strict" } as const;
  let server = start(new CountedStorage(), strict);
  const person = new Person(["room"]);
  const emit = (number: number, id: string) => {
    const data = ["number", number];
    const call = { kind: "broadcast", namespace: "/", rooms: [], except: [], flags: {}, data };
    const performed = new PerformedCalls();
    return performAll(server.io, [call as Call], { performed, id, passOn: undefined });
  };
  await person.connect(server);
  await emit(0, "first");
  person.read();
  await emit(1, "second");
  server = start(diskOf(server.storage as CountedStorage), strict);
  await emit(1, "second");
  assert.equal(await person.comeBack(server), true);
  await emit(2, "third");
  person.read();
  assert.deepEqual(person.got, [0, 1, 2]);
});

test("a message that was kept before the object ended is not kept again, nor sent; its other parts are", async ({
  mock,
}) => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const strict = { durability: "strict" } as const;
  let server = start(new CountedStorage(), strict);
  const [one, both, other] = [["one"], ["one", "other"], ["other"]].map((rooms) => {
    return new Person(rooms);
  }) as [Person, Person, Person];
  const all = [one, both, other];
  const send = (number: number, message: string | undefined, room: string, except: string[] = []) =>
    server.io
      .of("/")
      .adapter.broadcast(
        { type: 2, data: ["number", number], message },
        { rooms: new Set([room]), except: new Set(except), flags: {} },
      );
  const readAll = () => {
    for (const person of all) person.read();
  };
  const crash = async () => {
    await settle();
    server = start(diskOf(server.storage as CountedStorage), strict);
  };
  for (const person of all) await person.connect(server);
  server.io.emit("number", 0);
  readAll();
  send(1, "message", "one");
  await crash();
  assert.equal(await one.comeBack(server), true);
  send(1, "message", "one");
  send(1, "message", "other", ["one"]);
  send(2, undefined, "one");
  assert.equal(await both.comeBack(server), true);
  assert.equal(await other.comeBack(server), true);
  readAll();
  // Again, with a row that the first life has written between this one and the last.
  await crash();
  for (const person of all) assert.equal(await person.comeBack(server), true);
  send(1, "message", "other", ["one"]);
  send(1, "message", "one");
  readAll();
  assert.deepEqual(
    all.map(({ got }) => got),
    [
      [0, 1, 2],
      [0, 1, 2],
      [0, 1],
    ],
  );
  mock.timers.tick(60_001);
  await crash();
  for (const person of all) assert.equal(await person.comeBack(server), true);
  // Nobody sends it again as late: it is another's.
  send(3, "message", "one");
  readAll();
  assert.deepEqual(one.got, [0, 1, 2, 3]);
});
