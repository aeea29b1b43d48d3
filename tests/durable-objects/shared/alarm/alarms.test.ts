/**
 * The application's alarm and our heartbeat in one object: each is as if the other were not there. Plain
 * objects beside ours say what the platform does. All of them run at the same time: most of it passes
 * while alarms are waited for.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { io, type Socket } from "socket.io-client";
import { type RunningWorker, startWorker } from "../../../support/miniflare.ts";
import type { AlarmBook, Ring } from "./alarm-book.ts";

const CLASSES = ["Plain", "Ours", "Silent", "Young", "YoungStrict", "PlainParty", "OurParty"];
/** How long alarms are watched, in milliseconds. Three retries fall into it. */
const WATCHED = 8_000;

let worker: RunningWorker;
const clients: Socket[] = [];

before(async () => {
  worker = await startWorker({
    entry: new URL("./alarms.worker.ts", import.meta.url),
    classes: Object.fromEntries(CLASSES.map((name) => [name, name])),
    compatibilityFlags: ["nodejs_als"],
  });
});

after(async () => {
  for (const client of clients) client.disconnect();
  await worker.stop();
});

class Watched {
  readonly #kind: string;
  readonly #name: string;

  constructor(kind: string, name: string) {
    this.#kind = kind;
    this.#name = encodeURIComponent(name);
  }

  async ask(path: string): Promise<unknown> {
    const response = await fetch(`${worker.url}/${this.#kind}/${this.#name}/${path}`);
    return response.json();
  }

  book(): Promise<AlarmBook> {
    return this.ask("~book") as Promise<AlarmBook>;
  }

  /** The same, at a moment when no alarm has begun that has not rung yet, if there comes one. */
  async bookBetweenAlarms(): Promise<AlarmBook> {
    let book = await this.book();
    for (let tries = 0; book.events !== book.rings.length && tries < 100; tries++) {
      await delay(10);
      book = await this.book();
    }
    return book;
  }

  /** An idle client. It leaves if heartbeats do not come. */
  async connect(): Promise<{ client: Socket; pings: () => number }> {
    const path = `/${this.#kind}/${this.#name}/socket.io/`;
    const client = io(worker.url, {
      path,
      forceNew: true,
      transports: ["websocket"],
    });
    clients.push(client);
    let pings = 0;
    client.io.on("ping", () => {
      pings += 1;
    });
    await once(client as never, "connect");
    client.io.reconnection(false);
    return { client, pings: () => pings };
  }

  evict(): Promise<void> {
    return worker.evict(this.#name, "hibernate", this.#kind);
  }
}

/** The two kinds of objects, with what they are measured by. */
const PAIRS = [
  ["Durable Objects", "Plain", "Ours"],
  ["PartyServer", "PlainParty", "OurParty"],
] as const;

/** Alarms, and whether how often they ring depends on how fast they are handled. */
const ALARMS: [what: string, isRace: boolean][] = [
  ["again", false],
  ["in a transaction", false],
  ["with the storage, in a transaction", false],
  ["rolled back", false],
  ["at once", true],
  ["in the past", true],
  ["for its own time", true],
  ["slowly", false],
  ["failing", false],
  ["failing after it has set another", false],
  ["failing after it has deleted", false],
  ["wiping everything", false],
];

for (const [platform, plainKind, ourKind] of PAIRS) {
  describe(`${platform}: an own alarm, set`, { concurrency: true }, () => {
    for (const [what, isRace] of ALARMS) {
      /** Throws if the two are not alike. */
      const comparePair = async (attempt: number): Promise<void> => {
        const plain = new Watched(plainKind, `${what}#${attempt}`);
        const alone = new Watched(ourKind, `${what}#${attempt}`);
        const ours = new Watched(ourKind, `${what}#client ${attempt}`);
        const { client, pings } = await ours.connect();
        const all = [plain, alone, ours];
        await Promise.all(all.map((one) => one.ask("set?in=100")));
        await delay(WATCHED);
        const [expected, ...others] = await Promise.all(all.map((one) => one.book()));
        for (const { rings } of others) compare(rings, expected?.rings ?? [], isRace);
        const { events, rings } = await alone.bookBetweenAlarms();
        assert.equal(events, rings.length);
        assert.equal(client.connected, true);
        assert.ok(pings() >= 5, `${pings()} heartbeats`);
      };

      test(`${what}: as in a plain object, and heartbeats go on`, async () => {
        // On a busy machine the alarm of one of them may come late, and not each time.
        await comparePair(1)
          .catch(() => comparePair(2))
          .catch(() => comparePair(3));
      });
    }
  });
}

/** The same calls, tries and pauses, as far as time can be told. */
function compare(rings: Ring[], expected: Ring[], isRace: boolean): void {
  const told = (all: Ring[]) => all.map(({ alarm, retryCount }) => [alarm !== null, retryCount]);
  const count = Math.min(rings.length, expected.length);
  assert.deepEqual(told(rings.slice(0, count)), told(expected.slice(0, count)));
  const isNear = Math.abs(rings.length - expected.length) <= expected.length * 0.2 + 1;
  // An alarm that is set for the millisecond that is handled is dropped by the platform.
  assert.ok(isRace || isNear, `${rings.length} rings, ${expected.length} in a plain object`);
  if (expected.length > 10) return;
  for (let i = 1; i < count; i++) {
    const [pause, usual] = [rings, expected].map((all) => {
      return (all[i] as Ring).at - (all[i - 1] as Ring).at;
    }) as [number, number];
    // The platform adds up to a quarter to pauses between tries, by chance.
    assert.ok(
      pause > usual * 0.6 - 100 && pause < usual * 1.7 + 400,
      `${pause} ms, ${usual} plain`,
    );
  }
}

describe("what own alarms cost", { concurrency: true }, () => {
  test("without clients: as many writes and alarms as in a plain object", async () => {
    const [plain, ours] = [new Watched("Plain", "again#cost"), new Watched("Ours", "again#cost")];
    for (const one of [plain, ours]) await one.ask("set?in=50");
    await delay(3_000);
    const expected = await plain.bookBetweenAlarms();
    const book = await ours.bookBetweenAlarms();
    assert.equal(book.events, book.rings.length);
    assert.equal(book.writes - book.rings.length, expected.writes - expected.rings.length);
  });

  test("beside a client: a few writes for each heartbeat, none for each alarm", async () => {
    const ours = new Watched("Ours", "again#cost beside");
    const { pings } = await ours.connect();
    await ours.ask("set?in=50");
    // A busy machine rings later, and never fewer times.
    while ((await ours.book()).rings.length <= 10) await delay(500);
    const { writes, events, rings } = await ours.book();
    const beats = pings() + 1;
    assert.ok(events <= rings.length + beats, `${events} alarms, ${rings.length} rings`);
    assert.ok(writes <= rings.length + 4 * beats + 2, `${writes} writes, ${rings.length} rings`);
  });
});

describe("alarms and", { concurrency: true }, () => {
  test("a new object: its alarm is not written before its first client is admitted", async () => {
    const seen: number[] = [];
    // On a busy machine a client may take longer to ask than the alarm waits.
    for (let count = 0; count < 20 && !seen.includes(0); count++) {
      const { client } = await new Watched("Young", `first ${count}`).connect();
      const [before] = await once(client as never, "writes");
      seen.push(before);
    }
    assert.ok(seen.includes(0), `${seen} writes`);
  });

  test("a new object: its alarm is written before the object sleeps: heartbeats go on", async () => {
    const object = new Watched("Young", "asleep at once");
    const { client, pings } = await object.connect();
    await object.evict();
    await delay(5_500);
    assert.equal(client.connected, true);
    assert.ok(pings() >= 2, `${pings()} heartbeats`);
  });

  test("a new object: its alarm is written with what else is written", async () => {
    const seen: number[] = [];
    // On a busy machine the alarm's time may come before.
    for (let count = 0; count < 20 && !seen.includes(2); count++) {
      const { client } = await new Watched("YoungStrict", `written ${count}`).connect();
      const [, after] = await once(client as never, "writes");
      client.disconnect();
      seen.push(after);
    }
    assert.ok(seen.includes(2), `${seen} writes`);
  });

  test("a new object: its alarm is not written for a client that has gone by then", async () => {
    const seen: number[] = [];
    // On a busy machine a visit may take longer than the alarm waits.
    for (let count = 0; count < 20 && !seen.includes(0); count++) {
      const object = new Watched("Young", `short visit ${count}`);
      const { client } = await object.connect();
      client.disconnect();
      await delay(150);
      seen.push((await object.book()).writes);
    }
    assert.ok(seen.includes(0), `${seen} writes`);
  });

  test("a wiped storage: heartbeats go on in a class without alarms", async () => {
    const object = new Watched("Silent", "wiped");
    const { client } = await object.connect();
    for (let round = 0; round < 4; round++) {
      await object.ask("wipe");
      await delay(900);
    }
    await object.evict();
    const later = await object.connect();
    await delay(3_500);
    assert.deepEqual([client.connected, later.client.connected], [true, true]);
    assert.ok(later.pings() >= 2);
  });

  test("a wiped storage: the application's alarm is gone, as in a plain object", async () => {
    const [plain, ours] = [new Watched("Plain", "once#wiped"), new Watched("Ours", "once#wiped")];
    const { client } = await ours.connect();
    for (const one of [plain, ours]) {
      await one.ask("set?in=2500");
      assert.equal(await one.ask("wipe"), null);
    }
    await delay(4_000);
    for (const one of [plain, ours]) assert.deepEqual((await one.book()).rings, []);
    assert.equal(client.connected, true);
  });

  for (const [who, time] of [
    ["nobody", 4_000],
    ["a client", 5_000],
  ] as const) {
    test(`a sleep, with ${who}: the application's alarm comes once, in its time`, async () => {
      const ours = new Watched("Ours", `once#asleep ${time}`);
      const { client } = who === "nobody" ? {} : await ours.connect();
      const wanted = (await ours.ask(`set?in=${time}`)) as number;
      await ours.evict();
      const kept = await ours.ask("get");
      // On a busy machine its time may have come, and then there is none any more.
      assert.equal(kept, kept === null && Date.now() >= wanted ? null : wanted);
      await ours.evict();
      await delay(time);
      while ((await ours.book()).rings.length === 0) await delay(100);
      assert.equal(await ours.ask("get"), null);
      await ours.evict();
      await delay(1_500);
      const { rings } = await ours.book();
      assert.equal(rings.length, 1);
      assert.ok((rings[0] as Ring).at >= wanted);
      assert.equal(client?.connected ?? true, true);
    });
  }

  test("a class without an alarm handler: setAlarm() says so, as on the platform", async () => {
    const object = new Watched("Silent", "refused");
    const response = await fetch(`${worker.url}/Silent/refused/set?in=100`);
    assert.equal(response.status, 500);
    assert.match(await response.text(), /setAlarm\(\) needs an alarm handler/);
    assert.equal(await object.ask("get"), null);
  });
});
